import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { createSessionTokens, type SessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import type { Backend } from "../backend.ts";
import { startCephBackend } from "../ceph/backend.ts";
import { type Clients, createClients } from "../clients.ts";
import { startLocalBackend } from "../local/backend.ts";
import { type Stack, startStack, usualStorages } from "../stack.ts";
import {
  type Client,
  type ClientPlace,
  containerCredentials,
  environmentOf,
  type Working,
} from "./client.ts";
import { type SessionLife, type ShortSession, startShortSts } from "./short-sts.ts";

/** A whole keyvend and a backend, with a bucket that another user shares. */
export interface ClientWorld {
  /** Starts a client whose credentials reach one prefix, by default of the storage `tenants`. */
  start<Started extends Working>(client: Client<Started>, prefix: string, storage?: string): Promise<Started>;
  /**
   * Starts a client that gets the long-term key, which reaches everything: by its own settings, or by the variables of
   * `format=env`.
   */
  startWithLongTermKey<Started extends Working>(
    client: Client<Started>,
    by: "settings" | "variables",
  ): Promise<Started>;
  /** The place of a client whose credentials reach one prefix of a storage, with an empty folder for it. */
  placeOf(storage: string, prefix: string): ClientPlace;
  stack: Stack;
  /** The store does not know AWS's newer checksums. */
  isOlder: boolean;
  /** The life of the sessions that are issued from now on. */
  life: SessionLife;
  /** The sessions that were issued since this list was last emptied. */
  issued: ShortSession[];
  /** AWS SDK clients for the tests themselves. */
  clients: Clients;
  backend: Backend;
  stop(): Promise<void>;
}

export const bucket = "lake";
/** A key outside of every client's prefix. */
export const foreignKey = "others/kept";

export const usualLife: SessionLife = { statedSeconds: 3600, actualSeconds: 3600 };

/** @example const world = await startWorld("ceph") */
export async function startWorld(backendName: "local" | "ceph"): Promise<ClientWorld> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  const world = { life: usualLife };
  try {
    const backend =
      backendName === "ceph"
        ? await startCephBackend()
        : await startLocalBackend(endingAfter(() => world.life.actualSeconds));
    ends.push(backend.stop);
    const clients = createClients(backend);
    ends.push(async () => clients.destroy());
    const operator = clients.s3(backend.vendingKey);
    await operator.send(new CreateBucketCommand({ Bucket: bucket }));
    await operator.send(new PutObjectCommand({ Bucket: bucket, Key: foreignKey, Body: "kept" }));

    const sts = await startShortSts(backend, () => world.life);
    ends.push(sts.close);
    const stack = await startStack(usualStorages({ ...backend, stsEndpoint: sts.url }, bucket));
    ends.push(stack.close);

    const folder = mkdtempSync(join(tmpdir(), "keyvend-clients-"));
    ends.push(async () => rmSync(folder, { recursive: true, force: true }));
    const token = await stack.token();
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, token, { mode: 0o600 });

    const placeOf = (storage: string, prefix: string): ClientPlace => ({
      service: stack.url,
      storage,
      target: `s3://${bucket}/${prefix}`,
      tokenFile,
      token,
      endpoint: backend.s3Endpoint,
      region: backend.region,
      bucket,
      home: mkdtempSync(join(folder, "home-")),
    });
    const isOlder = backendName === "ceph";
    return Object.assign(world, {
      start<Started extends Working>(client: Client<Started>, prefix: string, storage = "tenants") {
        const place = placeOf(storage, prefix);
        return client.start(place, environmentOf(client, place, isOlder));
      },
      async startWithLongTermKey<Started extends Working>(
        client: Client<Started>,
        by: "settings" | "variables",
      ) {
        const place = placeOf("archive", "");
        const environment = environmentOf(client, place, isOlder);
        if (by === "settings") return client.start(place, environment);
        for (const name of Object.keys(containerCredentials)) delete environment[name];
        return client.start(place, { ...environment, ...(await variablesOf(place)) });
      },
      placeOf,
      stack,
      isOlder,
      issued: sts.issued,
      clients,
      backend,
      stop,
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `eval "$(curl …)"` sets. */
async function variablesOf({ service, storage, token }: ClientPlace): Promise<Record<string, string>> {
  const answer = await fetch(`${service}/v1/storages/${storage}/credentials?format=env`, {
    headers: { authorization: token },
  });
  const lines = (await answer.text()).matchAll(/^export (\w+)='([^']*)'$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = "", value = ""]) => [name, value]));
}

/** Session tokens of the emulation that end sooner than its STS says. */
function endingAfter(seconds: () => number): SessionTokens {
  const { seal, open } = createSessionTokens();
  return {
    open,
    seal: (session) => seal({ ...session, expiration: session.issuedAt + seconds() * 1000 }),
  };
}
