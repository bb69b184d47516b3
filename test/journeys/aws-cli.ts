/**
 * The part of the AWS CLI that the recipes use, so that they run on a machine without it: `aws-cli.ts sts
 * get-web-identity-token …`. An unknown option is an error. It sends its requests to AWS_ENDPOINT_URL_STS and to
 * AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, as the CLI does.
 */
import { parseArgs } from "node:util";
import { GetWebIdentityTokenCommand, STSClient } from "@aws-sdk/client-sts";

const string = { type: "string" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ audience: string, "signing-algorithm": string, "duration-seconds": string },
    ...{ "client-id": string, "auth-flow": string, "auth-parameters": string },
    ...{ query: string, output: string },
  },
});

function webIdentityToken(): Promise<object> {
  return new STSClient().send(
    new GetWebIdentityTokenCommand({
      Audience: [values.audience ?? ""],
      SigningAlgorithm: values["signing-algorithm"],
      DurationSeconds: Number(values["duration-seconds"]),
    }),
  );
}

async function initiateAuth(): Promise<object> {
  const parameters = values["auth-parameters"]?.split(",").map((pair) => pair.split("=")) ?? [];
  const response = await fetch(process.env["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] ?? "", {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    },
    body: JSON.stringify({
      ClientId: values["client-id"],
      AuthFlow: values["auth-flow"],
      AuthParameters: Object.fromEntries(parameters),
    }),
  });
  if (!response.ok) throw new Error(`Cognito answered ${response.status}`);
  return response.json() as Promise<object>;
}

// The real CLI looks for credentials before every command, and fails if keyvend refuses them.
if (process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] !== undefined)
  throw new Error("credentials were looked for at keyvend");
const commands: Record<string, () => Promise<object>> = {
  "sts get-web-identity-token": webIdentityToken,
  "cognito-idp initiate-auth": initiateAuth,
};
const command = commands[positionals.join(" ")];
if (command === undefined || values.output !== "text" || values.query === undefined)
  throw new Error("not a command that a recipe has");
let output: unknown = await command();
for (const name of values.query.split(".")) output = (output as Record<string, unknown>)[name];
console.log(output);
