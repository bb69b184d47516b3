import { expect, test } from "vitest";
import { createAccounts } from "../../../../infra/local/aws/accounts.ts";
import { createS3Server } from "../../../../infra/local/aws/s3.ts";
import { createSessionTokens } from "../../../../infra/local/aws/session-tokens.ts";
import { until } from "../../../until.ts";
import { send } from "./raw-request.ts";
import { createWorld } from "./world.ts";

test("a port that is taken is named in the error", async () => {
  const { stsServer } = await createWorld();
  const port = Number(new URL(stsServer.url).port);
  const start = createS3Server({ accounts: createAccounts({}), sessionTokens: createSessionTokens(), port });
  await expect(start).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken, so S3 cannot start there.`);
});

test("closing does not wait for calls that hang", async () => {
  const { s3Server } = await createWorld();
  // No timer is longer: waiting for this call would never end.
  s3Server.trouble.latencyMs = 2 ** 31 - 1;
  const hanging = send(s3Server.url, { path: "/lake/k" }).catch((error: Error) => error.message);
  await until(() => expect(s3Server.calls("GetObject")).toBe(1));
  await s3Server.close();
  expect(await hanging).toBe("socket hang up");
});

test.each([{ "content-length": 70_000 }, { "transfer-encoding": "chunked" }])(
  "a body over the bound is not read to its end (%j)",
  async (headers) => {
    const { stsServer } = await createWorld();
    const answer = await send(stsServer.url, {
      method: "POST",
      path: "/",
      headers,
      body: "x".repeat(70_000),
    });
    expect(answer).toMatchObject({ status: 413, code: "RequestEntityTooLarge" });
  },
);

test("an action that is not emulated is refused by name of the protocol", async () => {
  const { stsServer } = await createWorld();
  const answer = await send(stsServer.url, {
    path: "/?Action=DecodeAuthorizationMessage&Version=2011-06-15",
  });
  expect(answer).toMatchObject({ status: 400, code: "InvalidAction" });
  expect(answer.body).toContain(
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender',
  );
});
