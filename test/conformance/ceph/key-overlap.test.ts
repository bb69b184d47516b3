import { readFileSync } from "node:fs";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf } from "../../documents/markdown.ts";
import { asCredentials, type Clients, createClients, statusOf } from "../clients.ts";
import { type CephBackend, startCephBackend } from "./backend.ts";

let backend: CephBackend;
let clients: Clients;

beforeAll(async () => {
  backend = await startCephBackend();
  clients = createClients(backend);
  await clients.s3(backend.operatorKey).send(new CreateBucketCommand({ Bucket: "lake" }));
});
afterAll(async () => {
  clients?.destroy();
  await backend?.stop();
});

/** The command that the manual has, for the user of this test. */
function documented(containing: string, accessKeyId = ""): string[] {
  const lines = blocksOf(readFileSync("infra/keys.md", "utf8"), "sh").flatMap((block) => block.split("\n"));
  const [line = "", ...more] = lines.filter((each) => each.includes(containing));
  expect(more).toEqual([]);
  const [program, ...args] = line
    .replace("keyvend-lake", "keyvend-roles")
    .replace('"$OLD_ACCESS_KEY"', accessKeyId)
    .split(" ");
  expect(program).toBe("radosgw-admin");
  return args;
}

test("a user's second key works beside the first, whose sessions go on when it is taken away", async () => {
  const first = backend.assumingKey;
  const made = JSON.parse(await backend.admin.run(...documented("key create")));
  const { access_key, secret_key } =
    (made.keys as { access_key: string; secret_key: string }[]).find(
      (key) => key.access_key !== first.accessKeyId,
    ) ?? expect.unreachable("there is no second key");
  const second = { accessKeyId: access_key, secretAccessKey: secret_key };
  const assume = async (key: typeof first) => {
    const request = new AssumeRoleCommand({ RoleArn: backend.roleArn, RoleSessionName: "overlap" });
    return asCredentials((await clients.sts(key).send(request)).Credentials);
  };
  const put = new PutObjectCommand({ Bucket: "lake", Key: "x", Body: "content" });
  const earlier = await assume(first);
  expect(await statusOf(clients.s3(await assume(second)).send(put))).toBe(200);
  await backend.admin.run(...documented("key rm", first.accessKeyId));
  expect(await statusOf(assume(first))).toBe(403);
  expect(await statusOf(clients.s3(await assume(second)).send(put))).toBe(200);
  expect(await statusOf(clients.s3(earlier).send(put))).toBe(200);
});
