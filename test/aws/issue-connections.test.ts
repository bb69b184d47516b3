import { execFile } from "node:child_process";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { guestKey, lakeKey } from "../infra/local/aws/world.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { serve } from "./fake-service.ts";
import { createAws, lakeSecret } from "./simulated-aws.ts";
import { credentials, sessionToken, stsError } from "./sts-answers.ts";

/**
 * An STS that gives every caller a session, except for the keys that it refuses, and unless `hangsUp`. It tells the
 * connection of each answer, and the key that had signed.
 */
async function startSts(hangsUp: (socket: Socket) => boolean = () => false) {
  const sockets: Socket[] = [];
  const signers: string[] = [];
  const refusedKeys = new Set<string>();
  const url = await serve(async (request: IncomingMessage, response) => {
    await text(request);
    const { socket } = request;
    if (hangsUp(socket)) return void socket.destroy();
    const signer = request.headers.authorization?.match(/Credential=(\w+)\//)?.[1] ?? "";
    if (refusedKeys.has(signer)) return void response.writeHead(403).end(stsError("InvalidClientTokenId"));
    sockets.push(socket);
    signers.push(signer);
    response.writeHead(200, { "content-type": "text/xml" }).end(sessionToken(credentials()));
  });
  return {
    url,
    sockets,
    signers,
    refusedKeys,
    storage: sampleStorage("session-token", { stsEndpoint: url }),
  };
}

test("one issue after another goes over one connection, whatever the storage", async () => {
  const { own } = await createAws();
  const sts = await startSts();
  const issue = createIssue(own);
  for (const name of ["lake", "shore", "lake"]) await issue(sampleRequest({ ...sts.storage, name }));
  expect(sts.sockets).toHaveLength(3);
  expect(new Set(sts.sockets).size).toBe(1);
});

test("a long-term key that is the same after another read keeps its connection", async () => {
  const clock = { time: Date.now(), now: () => clock.time };
  const { own, reads } = await createAws({ clock });
  const sts = await startSts();
  const issue = createIssue(own);
  for (const _ of [1, 2, 3]) {
    await issue(sampleRequest(sts.storage));
    clock.time += 300_000;
  }
  expect(reads()).toBe(3);
  expect(new Set(sts.sockets).size).toBe(1);
});

test("a key that replaces a refused one keeps the connection that it was first used on", async () => {
  const { own, putSecret } = await createAws();
  const sts = await startSts();
  const issue = createIssue(own);
  await putSecret(guestKey);
  await issue(sampleRequest(sts.storage));
  await putSecret(lakeKey);
  sts.refusedKeys.add(guestKey.accessKeyId);
  for (const _ of [1, 2]) await issue(sampleRequest(sts.storage));
  expect(sts.signers).toEqual([guestKey, lakeKey, lakeKey].map(({ accessKeyId }) => accessKeyId));
  expect(sts.sockets[2]).toBe(sts.sockets[1]);
});

test("an idle connection that the other end has closed is no failure: STS is asked over a new one", async () => {
  const { own } = await createAws();
  const usedSockets = new Set<Socket>();
  const sts = await startSts((socket) => usedSockets.has(socket) || !usedSockets.add(socket));
  const issue = createIssue(own);
  for (const _ of [1, 2, 3])
    expect(await issue(sampleRequest(sts.storage))).toMatchObject({ sessionToken: "token" });
  expect(usedSockets.size).toBe(3);
});

test("storages that share a place sign with their own keys", async () => {
  const { own, putSecret } = await createAws();
  await putSecret(guestKey, "guest/key");
  const sts = await startSts();
  const issue = createIssue(own);
  for (const secret of [lakeSecret, "guest/key", lakeSecret])
    await issue(sampleRequest({ ...sts.storage, secret }));
  expect(sts.signers).toEqual([lakeKey, guestKey, lakeKey].map(({ accessKeyId }) => accessKeyId));
});

test("with one key for several places, each STS is asked at its own place", async () => {
  const { own } = await createAws();
  const issue = createIssue(own);
  const [here, there] = [await startSts(), await startSts()];
  for (const { storage } of [here, there]) await issue(sampleRequest(storage));
  expect([here.signers.length, there.signers.length]).toEqual([1, 1]);
});

test("an idle connection does not keep the process alive", async () => {
  const { own, secretsServer } = await createAws();
  const sts = await startSts();
  const program = `
    import { createIssue } from ${JSON.stringify(new URL("../../shared/aws/issue.ts", import.meta.url).href)};
    const issue = createIssue({
      region: ${JSON.stringify(own.region)},
      credentials: async () => (${JSON.stringify(await own.credentials())}),
      clock: { now: Date.now },
      // No deadline ends the process: there is no longer timer.
      timeoutMs: 2 ** 31 - 1,
      meter: () => undefined,
    });
    console.log((await issue(${JSON.stringify(sampleRequest(sts.storage))})).sessionToken);`;
  const env = { ...process.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsServer.url };
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env,
    signal: ended.signal,
  });
  // The process has ended, although STS keeps the connection for as long as the test lasts.
  expect(stdout).toBe("token\n");
});
