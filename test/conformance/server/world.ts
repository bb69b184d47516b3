import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { buildServer } from "../../../infra/server/build.ts";

const project = resolve(import.meta.dirname, "../../..");

/** The keys of two users with the same rights: STS takes either. */
const keys = [1, 2].map((n) => ({
  accessKeyId: `AKIALAKEOWNER000000${n}`,
  secretAccessKey: `lake+owner/secret-${n}`,
}));

export interface Answer {
  /** 0: no answer came. */
  status: number;
  accessKeyId: string | undefined;
  tookMs: number;
}

/** A server in a process of its own. */
interface ServerProcess {
  url: string;
  statusUrl: string;
  child: ChildProcess;
  /** The lines of its log. */
  log: string[];
  /** A metric as it is now, by its name with the labels. */
  metric(name: string): Promise<number>;
  /** Ends it as systemd and Kubernetes do, and gives its exit status. */
  stop(): Promise<number | null>;
}

/**
 * Everything around servers: an issuer, an STS, files of a configuration and secrets.
 *
 * @param connections that callers hold at most, together; a caller waits for one
 */
export async function createWorld({ connections: maxSockets = 256 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-servers-"));
  await mkdir(join(folder, "secrets"));
  await buildServer({ outDir: relative(project, folder) });
  const statement = { Effect: "Allow", Action: ["*"], Resource: ["*"] };
  const policies = [{ Version: "2012-10-17", Statement: [statement] }];
  const users = keys.map((key, n) => ({ name: `owner-${n}`, accessKeys: [key], policies }));
  const issuer = await startOidcIssuer(0);
  const sts = await createStsServer({
    accounts: createAccounts({ users }),
    sessionTokens: createSessionTokens(),
  });
  const children: ChildProcess[] = [];
  const agents = [
    new HttpAgent({ keepAlive: true, maxSockets }),
    new HttpsAgent({ keepAlive: true, maxSockets, rejectUnauthorized: false }),
  ] as const;

  /** In one step, as Kubernetes and careful editors do it. */
  async function put(name: string, text: string, mode = 0o400): Promise<void> {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text);
    await chmod(`${path}.new`, mode);
    await rename(`${path}.new`, path);
  }

  return {
    folder,
    issuer,
    sts,
    put,
    putKey: (n: number) => put("secrets/lake", JSON.stringify(keys[n])),

    /** Writes the configuration: one storage, and a grant to everybody for each of the folders. */
    putConfig: (folders: readonly string[], server: object) =>
      put(
        "vending.yml",
        JSON.stringify({
          issuers: { local: { issuer: issuer.url, audience: "keyvend" } },
          storages: {
            lake: {
              bucket: "lake",
              region: "us-east-1",
              endpoint: sts.url,
              stsEndpoint: sts.url,
              issue: "federation-token",
              secret: "lake",
              maxDurationSeconds: 43_200,
            },
          },
          misses: { perPrincipal: 360_000, perStorage: 360_000 },
          grants: folders.map((name) => ({
            name,
            issuer: "local",
            subject: "*",
            storage: "lake",
            prefix: `${name}/`,
            permission: "READ",
          })),
          server: { listen: "127.0.0.1:0", status: "127.0.0.1:0", ...server },
        }),
        0o644,
      ),

    async start(environment: Record<string, string> = {}): Promise<ServerProcess> {
      const args = ["--config", join(folder, "vending.yml"), "--secrets", join(folder, "secrets")];
      const child = spawn(process.execPath, [join(folder, "serve/serve.mjs"), ...args], {
        env: { PATH: process.env["PATH"], ...environment },
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      const log: string[] = [];
      const ready = await new Promise<{ ready: string; status: string }>((resolve, reject) => {
        let rest = "";
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) {
            if (line.startsWith('{"server"')) log.push(line);
            if (line.includes('"ready"')) resolve(JSON.parse(line).server);
          }
        });
        child.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
      });
      return {
        url: ready.ready,
        statusUrl: ready.status,
        child,
        log,
        async metric(name) {
          const text = await (await fetch(`${ready.status}/metrics`)).text();
          const line = text.split("\n").find((each) => each.startsWith(`${name} `));
          return Number(line?.slice(name.length + 1) ?? 0);
        },
        async stop() {
          child.kill("SIGTERM");
          const [code] = await once(child, "exit");
          return code;
        },
      };
    },

    /** Asks once for a folder. What fails on the way is an answer of status 0. */
    ask(url: string, name: string, headers: Record<string, string>): Promise<Answer> {
      const begun = performance.now();
      const place = new URL(`${url}/v1/storages/lake/credentials?target=s3://lake/${name}/`);
      const isTls = place.protocol === "https:";
      const send = isTls ? httpsRequest : httpRequest;
      return new Promise((resolve) => {
        const done = (status: number, accessKeyId?: string) =>
          resolve({ status, accessKeyId, tookMs: performance.now() - begun });
        const request = send(
          place,
          { agent: agents[isTls ? 1 : 0], headers, timeout: 10_000 },
          async (response) => {
            let body = "";
            try {
              for await (const chunk of response.setEncoding("utf8")) body += chunk;
              done(response.statusCode ?? 0, JSON.parse(body).AccessKeyId);
            } catch {
              done(0);
            }
          },
        );
        request.on("error", () => done(0)).on("timeout", () => request.destroy());
        request.end();
      });
    },

    async close() {
      for (const child of children) child.kill("SIGKILL");
      for (const agent of agents) agent.destroy();
      await Promise.all([issuer.close(), sts.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
