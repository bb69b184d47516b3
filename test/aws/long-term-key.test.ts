import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LongTermKeyError, parseLongTermKey } from "../../shared/aws/long-term-key.ts";

const id = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const key = { accessKeyId: id, secretAccessKey: secret };

function refusalOf(text: string): string {
  try {
    parseLongTermKey(text);
  } catch (error) {
    if (error instanceof LongTermKeyError) {
      expect(error.cause).toBeUndefined();
      return error.message;
    }
    throw error;
  }
  return "accepted";
}

describe("a secret", () => {
  const prefixes = ["", "s3.", "s3a.", "fs.s3a."];
  it.each(prefixes.flatMap((prefix) => ["-", "."].map((dash) => [prefix, dash] as const)))(
    "may be spelled %saccess%skey",
    (prefix, dash) => {
      const block = { [`${prefix}access${dash}key`]: id, [`${prefix}secret${dash}key`]: secret };
      expect(parseLongTermKey(JSON.stringify(block))).toEqual(key);
    },
  );

  it("may be spelled as AWS spells it", () => {
    expect(parseLongTermKey(JSON.stringify(key))).toEqual(key);
  });

  it("may be a block of server.yaml, pasted as it is", () => {
    const block = [
      "# S3",
      "remote.data.dir: s3://lake/remote",
      "",
      "s3.endpoint: minio.example.com   # behind the proxy",
      `s3.access-key: "${id}"`,
      `s3.secret-key:  ${secret}\r`,
      "s3.path-style-access: true",
      "s3.region: 'us-east-1'",
      "fs.s3a.connection.maximum: 100",
      "s3.session.token:",
    ].join("\n");
    expect(parseLongTermKey(block)).toEqual({
      ...key,
      endpoint: "https://minio.example.com",
      region: "us-east-1",
      pathStyleAccess: true,
    });
  });

  it("may be properties", () => {
    const lines = `fs.s3a.access.key=${id}\nfs.s3a.secret.key = ${secret}\nfs.s3a.path.style.access=false`;
    expect(parseLongTermKey(lines)).toEqual({ ...key, pathStyleAccess: false });
  });

  it.each([
    [
      "what `aws iam create-access-key` prints",
      JSON.stringify({
        AccessKey: {
          UserName: "lake",
          AccessKeyId: id,
          Status: "Active",
          SecretAccessKey: secret,
          CreateDate: "2026-11-26T19:00:00+00:00",
        },
      }),
    ],
    ["its inner part", JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret, Status: "Active" })],
    ["variables", `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`],
    [
      "a shell's exports",
      `export AWS_ACCESS_KEY_ID="${id}"\nexport AWS_SECRET_ACCESS_KEY='${secret}'\nexport AWS_DEFAULT_REGION=eu-central-1`,
    ],
    ["variables of Windows", `SET AWS_ACCESS_KEY_ID=${id}\r\nSET AWS_SECRET_ACCESS_KEY=${secret}\r\n`],
    ["variables of PowerShell", `$Env:AWS_ACCESS_KEY_ID="${id}"\n$Env:AWS_SECRET_ACCESS_KEY="${secret}"`],
    ["variables as JSON", JSON.stringify({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret })],
    [
      "a profile",
      `; mine\n[profile lake]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\noutput = json`,
    ],
    ["the console's file", `\ufeffAccess key ID,Secret access key\r\n${id},${secret}\r\n`],
    [
      "the console's older file",
      `User name,Password,Access key ID,Secret access key,Console login link\nlake,,${id},${secret},https://x.example/`,
    ],
    ["columns in another order", `Secret access key,Access key ID\n"${secret}","${id}"`],
    [
      "lines below a remark",
      `# the access key id, and the secret one\nAWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}`,
    ],
    ["the root user's file", `AWSAccessKeyId=${id}\nAWSSecretKey=${secret}`],
    [
      "what MinIO's console gives",
      JSON.stringify({
        url: "https://m.example/api",
        accessKey: id,
        secretKey: secret,
        api: "s3v4",
        path: "auto",
      }),
    ],
  ])("may be %s", (_, text) => {
    expect(parseLongTermKey(text)).toEqual(key);
  });

  it("may say a thing twice, as long as it says the same", () => {
    expect(parseLongTermKey(JSON.stringify({ ...key, "s3.access-key": id }))).toEqual(key);
  });

  it.each([
    ["nothing", "", /access key id is missing/],
    ["half a pair", JSON.stringify({ accessKeyId: id }), /secret key is missing/],
    ["the other half", `s3.secret-key: ${secret}`, /access key id is missing/],
    ["an empty half", JSON.stringify({ ...key, secretAccessKey: "" }), /secret key is missing/],
    [
      "two key ids",
      JSON.stringify({ ...key, "s3.access-key": "AKIAOTHER" }),
      /^accessKeyId and s3\.access-key have different values$/,
    ],
    [
      "two secret keys",
      `s3.secret-key: ${secret}\nfs.s3a.secret.key: other\ns3.access-key: ${id}`,
      /^s3\.secret-key and fs\.s3a\.secret\.key have/,
    ],
    [
      "one name with two values",
      `access-key: ${id}\naccess-key: other`,
      /^access-key and access-key have different values$/,
    ],
    [
      "a session token",
      JSON.stringify({ ...key, sessionToken: "t" }),
      /^sessionToken is part of session credentials/,
    ],
    [
      "Hadoop's session token",
      `s3.access-key: ${id}\ns3.secret-key: ${secret}\nfs.s3a.session.token: t`,
      /^fs\.s3a\.session\.token is part of/,
    ],
    [
      "a session's key id",
      JSON.stringify({ ...key, accessKeyId: "ASIAIOSFODNN7EXAMPLE" }),
      /^accessKeyId is of session credentials/,
    ],
    [
      "what a call to STS prints",
      JSON.stringify({
        Credentials: { AccessKeyId: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: secret, SessionToken: "t" },
      }),
      /^SessionToken is part of session credentials; a long-term key is needed$/,
    ],
    [
      "a shell's session",
      `export AWS_ACCESS_KEY_ID=${id}\nexport AWS_SECRET_ACCESS_KEY=${secret}\nexport AWS_SESSION_TOKEN=t`,
      /^AWS_SESSION_TOKEN is part of session credentials/,
    ],
    [
      "an old profile's session",
      `[a]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\naws_security_token=t`,
      /^aws_security_token is part of session credentials/,
    ],
    [
      "two profiles",
      `[a]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n[b]\naws_access_key_id=AKIAOTHER`,
      /^The secret holds more than one profile$/,
    ],
    [
      "halves of two profiles",
      `[a]\naws_access_key_id=${id}\n[b]\naws_secret_access_key=${secret}`,
      /^The secret holds more than one profile$/,
    ],
    [
      "a line with a semicolon behind it",
      `AWS_ACCESS_KEY_ID=${id};\nAWS_SECRET_ACCESS_KEY=${secret}`,
      /^Line 1 of the secret has a stray quote or semicolon$/,
    ],
    [
      "a quote that does not end",
      `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY="${secret}`,
      /^Line 2 of the secret has a stray quote or semicolon$/,
    ],
    [
      "a key of the console without its secret part",
      `Access key ID,Secret access key\n${id},`,
      /^The secret key is missing \(secretAccessKey, AWS_SECRET_ACCESS_KEY or s3\.secret-key\)$/,
    ],
    [
      "half of what create-access-key prints",
      JSON.stringify({ AccessKey: { AccessKeyId: id } }),
      /secret key is missing/,
    ],
    [
      "two keys of the console",
      `Access key ID,Secret access key\n${id},${secret}\nAKIAOTHER,other`,
      /different values/,
    ],
    [
      "a key of two lines",
      JSON.stringify({ ...key, secretAccessKey: "abc\ndef" }),
      /^secretAccessKey must be 3 to 256 printable/,
    ],
    [
      "a key that is no text",
      JSON.stringify({ ...key, secretAccessKey: { a: secret } }),
      /^secretAccessKey must be text$/,
    ],
    ["broken JSON", `{"accessKeyId":"${id}",${secret}}`, /begins like a JSON object and is none/],
    ["a bare key", `${id}\n${secret}`, /^Line 1 of the secret is not "name: value"$/],
    [
      "an endpoint over plain http",
      JSON.stringify({ ...key, endpoint: "http://minio.example.com" }),
      /^endpoint must be an https URL$/,
    ],
    [
      "an endpoint with a user",
      JSON.stringify({ ...key, endpoint: "https://u:p@minio.example.com" }),
      /^endpoint must be an https URL$/,
    ],
    ["a region that is none", JSON.stringify({ ...key, region: "a.b" }), /^region must be a region$/],
    [
      "a switch that is none",
      JSON.stringify({ ...key, "s3.path-style-access": "yes" }),
      /^s3\.path-style-access must be true or false$/,
    ],
  ])("is refused for %s, by name and without values", (_what, text, reason) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatch(reason);
    for (const value of [id, secret, "other", "AKIAOTHER"]) expect(refusal).not.toContain(value);
  });

  it("is read or refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant("[]")), (text) => void refusalOf(text)),
    );
  });

  it("is refused without a word of itself, whatever it holds", () => {
    const lines = fc.array(
      fc.constantFrom(
        secret,
        `${secret}=`,
        `k: ${secret}`,
        `region: .${secret}`,
        `{${secret}`,
        "Access key ID,Secret access key",
        `${secret},${secret}`,
        `export ${secret}`,
        `[${secret}`,
      ),
    );
    fc.assert(fc.property(lines, (some) => !refusalOf(some.join("\n")).includes(secret)));
  });
});
