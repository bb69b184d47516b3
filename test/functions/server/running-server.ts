import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { PageFiles } from "../../../functions/page/files.ts";
import { type RunningServer, serve } from "../../../functions/serve.ts";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { createStsServer } from "../../../infra/local/aws/sts.ts";
import { startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { configSource } from "../../../infra/server/config-source.ts";
import type { CredentialsAnswer, Problem } from "../../../shared/contract.ts";

type AnswerOrProblem = CredentialsAnswer & Problem;

const keys = [1, 2].map((n) => ({
  accessKeyId: `AKIALAKEOWNER000000${n}`,
  secretAccessKey: `lake+owner/secret-${n}`,
}));

/** One storage at an STS on loopback, and grants of folders of it to everybody. */
function vendingOf({ issuer, sts, server, folders }: Record<"issuer" | "sts", string> & Changes): object {
  return {
    issuers: { local: { issuer, audience: "keyvend" } },
    storages: {
      lake: {
        bucket: "lake",
        region: "us-east-1",
        endpoint: sts,
        stsEndpoint: sts,
        issue: "federation-token",
        secret: "lake",
      },
    },
    grants: folders?.map((folder) => ({
      name: `everyone-${folder}`,
      issuer: "local",
      subject: "*",
      storage: "lake",
      prefix: `${folder}/`,
      permission: "READ",
    })),
    server: { listen: "127.0.0.1:0", status: "127.0.0.1:0", ...server },
  };
}

interface Changes {
  pageFiles?: PageFiles;
  server?: object | undefined;
  folders?: readonly string[];
}

/** A server in this process, on files of its own. All of it ends with the test. */
export async function runServer({ server, pageFiles, folders = ["raw"] }: Changes = {}) {
  const folder = await mkdtemp(join(tmpdir(), "keyvend-server-"));
  const secretsFolder = join(folder, "secrets");
  await mkdir(secretsFolder);
  const statement = { Effect: "Allow", Action: ["*"], Resource: ["*"] };
  const accounts = createAccounts({
    users: [
      { name: "owner", accessKeys: keys, policies: [{ Version: "2012-10-17", Statement: [statement] }] },
    ],
  });
  const issuer = await startOidcIssuer(0);
  const sts = await createStsServer({ accounts, sessionTokens: createSessionTokens() });
  const log: Record<string, unknown>[] = [];

  /** In one step, as editors and Kubernetes do it. */
  async function put(name: string, text: string, mode = 0o400): Promise<void> {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text);
    await chmod(`${path}.new`, mode);
    await rename(`${path}.new`, path);
  }
  const putKey = (n: number) => put("secrets/lake", JSON.stringify(keys[n]));
  const putConfig = (changes: Changes = {}) =>
    put(
      "vending.yml",
      JSON.stringify(vendingOf({ issuer: issuer.url, sts: sts.url, server, folders, ...changes })),
      0o644,
    );
  await putKey(0);
  await putConfig();

  let running: RunningServer | undefined;
  onTestFinished(async () => {
    await running?.stop();
    await Promise.all([issuer.close(), sts.close()]);
    await rm(folder, { recursive: true });
  });

  return {
    folder,
    issuer,
    sts,
    log,
    put,
    putKey,
    putConfig,
    /** What the server said of itself, without the times. */
    said: () => log.flatMap(({ server }) => (server ? [{ ...(server as object), time: undefined }] : [])),
    async start(): Promise<RunningServer> {
      running = await serve({
        source: configSource(join(folder, "vending.yml")),
        secretsFolder,
        revocationsFile: join(folder, "vending.revocations.json"),
        pageFiles,
        write: (line) => void log.push(JSON.parse(line)),
      });
      return running;
    },
    async vend(headers: Record<string, string> = {}, query = "") {
      const authorization = `Bearer ${await issuer.token()}`;
      const response = await fetch(`${running?.url}/v1/storages/lake/credentials${query}`, {
        headers: { authorization, ...headers },
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as AnswerOrProblem,
      };
    },
    metric: async (name: string) => {
      const text = await (await fetch(`${running?.statusUrl}/metrics`)).text();
      const line = text.split("\n").find((each) => each.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    },
  };
}
