import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { dialectOf } from "../../shared/core/dialect.ts";
import { selfSigned } from "../net/self-signed.ts";
import type { BackendKey } from "./backend.ts";
import { asCredentials, type Clients, createClients, statusOf, type TestCredentials } from "./clients.ts";
import { type Recipe, readRecipe } from "./recipe.ts";
import { type Stack, startStack } from "./stack.ts";
import { vended } from "./vended.ts";

/** What a store needs from the test to be set up by its recipe. */
interface RecipePlace {
  /** The recipe, with the address of the local issuer instead of the one that it names. */
  recipe: Recipe;
  tls: { key: string; cert: string };
  /** For the files that the recipe has an operator write. */
  folder: string;
  /** The key that keyvend gets first. */
  key: BackendKey;
}

/** A store that was set up by its recipe. */
interface RecipeStore {
  endpoint: string;
  /** This key may do everything. */
  operatorKey: BackendKey;
  /** The role for web identity, if it is another one than the recipe's configuration names. */
  webRoleArn?: string;
  /** Gives keyvend's key another secret, by the recipe. */
  rotate(secretAccessKey: string): Promise<void>;
  /** Makes a second user with this secret, by the recipe, and removes the first; absent where the recipe has no such thing. */
  overlap?: { begin(secretAccessKey: string): Promise<void>; key: string; end(): Promise<void> };
  stop(): Promise<void>;
}

/**
 * Follows a store's recipe as it is written, up to a whole keyvend: the store has TLS by a private authority, and an OIDC issuer
 * that it trusts. Only the addresses are local ones.
 */
export function recipeSuite(
  name: "minio" | "seaweedfs",
  accessKeyId: string,
  setUp: (place: RecipePlace) => Promise<RecipeStore>,
): void {
  const tls = selfSigned(`${name}.example.com`);
  const usualAuthorities = getCACertificates("default");
  const key = { accessKeyId, secretAccessKey: "the-first-secret" };
  const claims = { repository_id: "123456789", ref: "refs/heads/main" };
  const Bucket = "lake";
  const inside = { Bucket, Key: "warehouse/raw/x" };
  const outside = { Bucket, Key: "warehouse/other/x" };

  let folder: string;
  let store: RecipeStore;
  let clients: Clients;
  let stack: Stack;
  let roleArns: Record<string, string>;

  async function follow(issuer: string): Promise<object> {
    const hosts = new Map([["https://token.actions.githubusercontent.com", issuer]]);
    store = await setUp({ recipe: readRecipe(name, hosts), tls, folder, key });
    hosts.set(`https://${name}.example.com`, store.endpoint);
    const { storages, grants } = parse(readRecipe(name, hosts).block("yaml", "storages:"));
    const { secret, ...place } = storages.lake;
    const { endpoint: s3Endpoint, stsEndpoint, region, roleArn } = place;
    const policySetting = { partition: "aws", region, dialect: dialectOf(name, false) };
    const address = { s3Endpoint, aheadS3Endpoint: s3Endpoint, stsEndpoint, region, policySetting };
    clients = createClients({ ...address, vendingKey: key, roleArn });
    await clients.s3(store.operatorKey).send(new CreateBucketCommand({ Bucket }));
    await clients.s3(store.operatorKey).send(new PutObjectCommand({ ...outside, Body: "content" }));
    const web = { ...place, issue: "web-identity", roleArn: store.webRoleArn ?? roleArn };
    roleArns = { lake: roleArn, web: web.roleArn };
    return {
      caBundle: tls.cert,
      issuers: { github: { issuer, audience: "keyvend" } },
      storages: { lake: { ...place, secret }, web },
      grants: [...grants, { ...grants[0], name: "web", storage: "web" }],
    };
  }

  beforeAll(async () => {
    setDefaultCACertificates([...usualAuthorities, tls.cert]);
    folder = mkdtempSync(join(tmpdir(), "keyvend-recipe-"));
    stack = await startStack({ region: "us-east-1", keys: { "keyvend/lake": key }, vending: follow });
  });
  afterAll(async () => {
    await stack?.close();
    clients?.destroy();
    await store?.stop();
    rmSync(folder, { recursive: true, force: true });
    setDefaultCACertificates(usualAuthorities);
  });

  async function credentials(storage: string, query?: string): Promise<TestCredentials> {
    const answer = await vended(stack.url, await stack.token(claims), storage, query);
    return typeof answer === "string" ? expect.fail(answer) : answer;
  }
  const write = (holder: TestCredentials, at: typeof inside) =>
    statusOf(clients.s3(holder).send(new PutObjectCommand({ ...at, Body: "content" })));
  const read = (holder: TestCredentials, at: typeof inside) =>
    statusOf(clients.s3(holder).send(new GetObjectCommand(at)));

  describe(`the recipe for ${name}`, () => {
    test.each(["lake", "web"])("gives callers of %s their folder and nothing else", async (storage) => {
      const holder = await credentials(storage);
      expect(await write(holder, inside)).toBe(200);
      expect(await read(holder, inside)).toBe(200);
      expect(await read(holder, outside)).toBe(403);
    });

    test.each(["lake", "web"])("has STS refuse a session of %s its role anew", async (storage) => {
      const sts = clients.sts(await credentials(storage));
      const RoleArn = roleArns[storage];
      expect(await statusOf(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "more" })))).toBe(403);
    });

    test("says that by web identity a caller gets all of the role's rights from the store directly", async () => {
      const sts = clients.sts({ accessKeyId: "none", secretAccessKey: "none" });
      const direct = async (token: string) => {
        const request = { RoleArn: roleArns["web"], RoleSessionName: "direct", WebIdentityToken: token };
        const answer = await sts.send(new AssumeRoleWithWebIdentityCommand(request));
        return asCredentials(answer.Credentials);
      };
      expect(await read(await direct(await stack.token(claims)), outside)).toBe(200);
    });

    test("has the key get another secret: earlier sessions go on, and new ones are issued", async () => {
      const earlier = await credentials("lake");
      await store.rotate("another-secret");
      await stack.putKey("keyvend/lake", { ...key, secretAccessKey: "another-secret" });
      expect(await read(earlier, inside)).toBe(200);
      const target = encodeURIComponent("s3://lake/warehouse/raw/later/");
      const later = await credentials("lake", `target=${target}`);
      expect(await write(later, { Bucket, Key: "warehouse/raw/later/x" })).toBe(200);
    });

    test.runIf(name === "minio")(
      "lets two users overlap: sessions of the first go on until it is removed, and no caller is told to come back",
      async () => {
        const { overlap } = store;
        if (overlap === undefined) return expect.fail("the store has no overlap");
        const ask = (folder: string) =>
          credentials("lake", `target=${encodeURIComponent(`s3://lake/warehouse/raw/${folder}/`)}`);
        const before = await ask("before");
        await overlap.begin("the-second-secret");
        const between = await ask("between");
        await stack.putKey("keyvend/lake", {
          accessKeyId: overlap.key,
          secretAccessKey: "the-second-secret",
        });
        const after = await ask("after");
        const at = (folder: string) => ({ Bucket, Key: `warehouse/raw/${folder}/x` });
        expect(await write(before, at("before"))).toBe(200);
        expect(await write(between, at("between"))).toBe(200);
        expect(await write(after, at("after"))).toBe(200);
        await overlap.end();
        expect(await write(before, at("before"))).toBe(403);
        expect(await write(await ask("last"), at("last"))).toBe(200);
      },
    );
  });
}
