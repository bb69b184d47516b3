import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { identitySecrets } from "../../../shared/client/src/cli/identity-secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "keyvend-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  "KEYVEND_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
])("what %s holds proves an identity, as does what was sent", (name) => {
  expect(identitySecrets({ [name]: "Bearer a.b.c\n" }, "sent")).toEqual(["sent", "a.b.c"]);
});

test.each(["KEYVEND_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"])(
  "so does the content of the file that %s names",
  (name) => {
    const path = join(folder, "token");
    writeFileSync(path, "a.b.c\n");
    expect(identitySecrets({ [name]: path }, "sent")).toEqual(["sent", "a.b.c"]);
  },
);

test("nothing is awaited from a pipe, and a file that is not there holds nothing", () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const env = {
    KEYVEND_TOKEN_FILE: pipe,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "none"),
    KEYVEND_TOKEN: "",
  };
  expect(identitySecrets(env, "sent")).toEqual(["sent"]);
});
