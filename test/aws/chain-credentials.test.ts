import { afterEach, expect, test, vi } from "vitest";
import { CallFailed } from "../../shared/aws/call-failed.ts";
import { createChainCredentials } from "../../shared/aws/chain-credentials.ts";

afterEach(() => vi.unstubAllEnvs());

function simulated() {
  let now = 0;
  let asked = 0;
  let failure: Error | undefined;
  const chain = async () => {
    asked += 1;
    if (failure) throw failure;
    return {
      accessKeyId: `ASIA${asked}`,
      secretAccessKey: "secret",
      sessionToken: "token",
      expiration: new Date(now + 3_600_000),
    };
  };
  return {
    own: createChainCredentials({ clock: { now: () => now }, chain }),
    asked: () => asked,
    pass: (ms: number) => (now += ms),
    fail: (error: Error | undefined) => (failure = error),
  };
}

test("credentials are remembered, and renewed five minutes before they end, without a wait", async () => {
  const { own, asked, pass } = simulated();
  expect(await Promise.all([own(), own(), own()])).toMatchObject([{ accessKeyId: "ASIA1" }, {}, {}]);
  pass(3_299_000);
  await own();
  expect(asked()).toBe(1);
  pass(2_000);
  expect(await own()).toMatchObject({ accessKeyId: "ASIA1" });
  await vi.waitFor(async () => expect(await own()).toMatchObject({ accessKeyId: "ASIA2" }));
});

test("while they cannot be renewed, the known ones serve to their end, and then none do", async () => {
  const { own, pass, fail } = simulated();
  await own();
  fail(new Error("a path, an address, or worse"));
  pass(3_400_000);
  expect(await own()).toMatchObject({ accessKeyId: "ASIA1" });
  pass(300_000);
  await expect(own()).rejects.toThrow(CallFailed);
  await expect(own()).rejects.toThrow("own AWS credentials: Error");
  fail(undefined);
  pass(1_000);
  expect(await own()).toMatchObject({ accessKeyId: "ASIA4" });
});

test("the chain is the AWS SDK's own", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  const own = createChainCredentials({ clock: { now: Date.now } });
  expect(await own()).toMatchObject({ accessKeyId: "AKIAOFTHEENVIRONMENT", secretAccessKey: "secret" });
});
