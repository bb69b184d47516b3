/** Answers in STS's own shape. */

const namespace = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

export const stsError = (code: string, message = "Not now.") =>
  `<ErrorResponse ${namespace}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
  "<RequestId>1</RequestId></ErrorResponse>";

const answerOf = (action: string) => (credentials: string) =>
  `<${action}Response ${namespace}><${action}Result>${credentials}</${action}Result></${action}Response>`;

export const sessionToken = answerOf("GetSessionToken");
export const assumedRole = answerOf("AssumeRole");

export const credentials = (secretKey = "key", expiration = "2999-01-01T00:00:00Z") =>
  "<Credentials><AccessKeyId>ASIA0000000000000001</AccessKeyId>" +
  `<SecretAccessKey>${secretKey}</SecretAccessKey><SessionToken>token</SessionToken>` +
  `<Expiration>${expiration}</Expiration></Credentials>`;
