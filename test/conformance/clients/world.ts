import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createSessionTokens, type SessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import type { Backend } from "../backend.ts";
import { startCephBackend } from "../ceph/backend.ts";
import { type Clients, createClients } from "../clients.ts";
import { startLocalBackend } from "../local/backend.ts";
import { startStack } from "../stack.ts";
import { type Client, environmentOf, type Place, type Working } from "./client.ts";
import { type IssuedSession, type Life, startShortSts } from "./short-sts.ts";

/** A whole keyvend and a backend, with a bucket that somebody else uses as well. */
export interface World {
  /** Starts a client whose credentials reach one prefix. */
  start(client: Client, prefix: string): Promise<Working>;
  /** Of the sessions that are issued from now on. */
  life: Life;
  /** What was issued since this was last emptied. */
  issued: IssuedSession[];
  /** AWS SDK clients of the tests' own. */
  clients: Clients;
  backend: Backend;
  stop(): Promise<void>;
}

export const bucket = "lake";
/** Outside of every client's prefix. */
export const foreignKey = "others/kept";

export const usualLife: Life = { told: 3600, held: 3600 };

/** @example const world = await startWorld("ceph") */
export async function startWorld(backendName: "local" | "ceph"): Promise<World> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  const world = { life: usualLife };
  try {
    const backend =
      backendName === "ceph"
        ? await startCephBackend()
        : await startLocalBackend(endingAfter(() => world.life.held));
    ends.push(backend.stop);
    const clients = createClients(backend);
    ends.push(async () => clients.destroy());
    const operator = clients.s3(backend.vendingKey);
    await operator.send(new CreateBucketCommand({ Bucket: bucket }));
    await operator.send(new PutObjectCommand({ Bucket: bucket, Key: foreignKey, Body: "kept" }));

    const sts = await startShortSts(backend, () => world.life);
    ends.push(sts.close);
    const stack = await startStack({ ...backend, stsEndpoint: sts.url }, bucket);
    ends.push(stack.close);

    const folder = mkdtempSync(join(tmpdir(), "keyvend-clients-"));
    ends.push(async () => rmSync(folder, { recursive: true, force: true }));
    const token = await stack.token();
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, token, { mode: 0o600 });

    const start = (client: Client, prefix: string) => {
      const place: Place = {
        service: stack.url,
        storage: "tenants",
        target: `s3://${bucket}/${prefix}`,
        tokenFile,
        token,
        endpoint: backend.s3Endpoint,
        region: backend.region,
        bucket,
        home: mkdtempSync(join(folder, "home-")),
      };
      return client.start(place, environmentOf(client, place, backendName === "ceph"));
    };
    return Object.assign(world, { start, issued: sts.issued, clients, backend, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sessions of the emulation that are over sooner than its STS says. */
function endingAfter(seconds: () => number): SessionTokens {
  const { seal, open } = createSessionTokens();
  return {
    open,
    seal: (session) => seal({ ...session, expiration: session.issuedAt + seconds() * 1000 }),
  };
}
