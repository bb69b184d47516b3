import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend, BackendKey, BackendName } from "./backend.ts";
import { type Clients, createClients, statusOf } from "./clients.ts";
import { type Stack, startStack, usualStorages } from "./stack.ts";
import { vended } from "./vended.ts";

const bucket = "lake";
const secretNumber = (number: number) => `secret ${number} of keyvend/`.replaceAll(" ", "+").repeat(2);

/**
 * Tests on a backend that keyvend goes on issuing while its long-term key changes, at the store and in Secrets Manager, in
 * either order. The tests are one rotation after the other. Each asks for a folder that was not asked for before, because
 * what is in the cache needs no key.
 */
export function rotationSuite(name: BackendName, start: () => Promise<Backend>): void {
  let backend: Backend;
  let clients: Clients;
  let stack: Stack;

  beforeAll(async () => {
    backend = await start();
    clients = createClients(backend);
    await clients.s3(backend.operatorKey).send(new CreateBucketCommand({ Bucket: bucket }));
    stack = await startStack(usualStorages(backend, bucket));
  });
  afterAll(async () => {
    await stack?.close();
    clients?.destroy();
    await backend?.stop();
  });

  const targetOf = (folder: string) => `target=${encodeURIComponent(`s3://${bucket}/${folder}/`)}`;

  /** The outcome for a caller that asks for a folder and writes there: the service's refusal, or the store's status. */
  async function writes(folder: string): Promise<string | number> {
    const answer = await vended(stack.url, await stack.token(), "tenants", targetOf(folder));
    if (typeof answer === "string") return answer;
    const put = new PutObjectCommand({ Bucket: bucket, Key: `${folder}/x`, Body: "content" });
    return statusOf(clients.s3(answer).send(put));
  }

  describe(`the rotation of the key on ${name}`, () => {
    // Keys of AWS have this form, and every store takes it.
    const newKey: BackendKey = { accessKeyId: "AKIAKEYVENDSECONDKEY", secretAccessKey: secretNumber(2) };
    const newSecret: BackendKey = { ...newKey, secretAccessKey: secretNumber(3) };
    const newest: BackendKey = { ...newKey, secretAccessKey: secretNumber(4) };

    test("functions that start with a key which the store does not know yet issue by the key before", async () => {
      await stack.putKey("keyvend/tenants", newKey);
      expect(await writes("before-the-store")).toBe(200);
    });

    test("they issue by the new key once the store knows it, and not the old one", async () => {
      await backend.replaceKey(newKey);
      expect(await writes("after-the-store")).toBe(200);
    });

    test("another secret of the same key, at the store and then in Secrets Manager, is used at the next refusal", async () => {
      await backend.replaceKey(newSecret);
      await stack.putKey("keyvend/tenants", newSecret);
      expect(await writes("same-key")).toBe(200);
    });

    test("between the two, callers are told when to come back, and right after the second they are served", async () => {
      await backend.replaceKey(newest);
      const headers = { Authorization: await stack.token() };
      const path = `/v1/storages/tenants/credentials?${targetOf("between")}`;
      const refused = await fetch(stack.url + path, { headers });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      await stack.putKey("keyvend/tenants", newest);
      expect(await writes("after")).toBe(200);
    });
  });
}
