import { rmSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { vi } from "vitest";
import { compileConfig } from "../../../functions/config.ts";
import { buildFunctions } from "../../../infra/build.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { startBackends } from "../../../infra/local/backends.ts";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";
import { carryOut } from "../../../infra/revoke/carry-out.ts";
import { localClients } from "../../../infra/revoke/clients.ts";
import { readCommandLine } from "../../../infra/revoke/command-line.ts";
import { readTask } from "../../../infra/revoke/read-task.ts";
import type { RevokeReport } from "../../../infra/revoke/report.ts";
import type { Clients } from "../../../infra/revoke/setting.ts";
import type { CredentialsAnswer, Problem } from "../../../shared/contract.ts";
import type { AuditRecord } from "../../../shared/vending/ports.ts";
import { lambdaContext } from "../../functions/context.ts";
import { httpEvent } from "../../functions/http-event.ts";
import { holdOffDeadlines } from "../../hold-off-deadlines.ts";
import { type LocalService, s3Of, type Vending } from "../../journeys/local-service.ts";

/** What a run of the command does to the services of AWS may be watched, or cut off. */
interface RunOptions {
  /** Is called before each request of the command, and after its answer. */
  onStep?: (step: { name: string; isDone: boolean }) => void;
  /** The audit trail, which the emulation does not have. */
  logs?: NonNullable<Clients["logs"]>;
}

export type Revoking = Awaited<ReturnType<typeof startRevoking>>;

/** An answer, or a problem: tests look at any member. */
type Answer = { status: number; retryAfter: string | undefined } & CredentialsAnswer & Problem;

/**
 * The functions in this process, on the emulation's backends, on a clock that the test moves; and the command, with the emulation's
 * operator.
 *
 * @example const { vending, revoke } = await startRevoking()
 */
export async function startRevoking(
  change: (vending: Vending, backends: LocalService["backends"]) => Vending = (vending) => vending,
) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const backends = await startBackends({
    ...{ api: 0, issuer: 0, dynamodb: 0, sts: 0, secretsManager: 0, s3: 0, lambda: 0, s3Ahead: 0, iam: 0 },
  });
  const folder = await mkdtemp(join(tmpdir(), "keyvend-revoking-"));
  const path = join(folder, "vending.json");
  const config = parseConfig(change(backends.vending as Vending, backends));
  await writeFile(path, compileConfig(config));
  for (const [name, value] of Object.entries({ ...backends.environment, VENDING_CONFIG: path }))
    vi.stubEnv(name, value);
  const trail: AuditRecord[] = [];
  const log: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((line) => {
    log.push(String(line));
    const { audit } = JSON.parse(String(line)) as { audit?: AuditRecord };
    if (audit) trail.push(audit);
    return true;
  });
  const restoreDeadlines = holdOffDeadlines();

  const coldStart = coldStarts(await bundles(), folder);
  const { handler: revokeHandler } = await coldStart<typeof import("../../../functions/revoke.ts")>("revoke");
  const lambda = createServer(async (request, response) => {
    const event = JSON.parse(await text(request)) as unknown;
    try {
      const answer = await revokeHandler(event, lambdaContext("revoke-1"));
      response.writeHead(200).end(JSON.stringify(answer));
    } catch (error) {
      // As Lambda answers where a function fails.
      const { name: errorType, message: errorMessage } = error as Error;
      response
        .writeHead(200, { "x-amz-function-error": "Unhandled" })
        .end(JSON.stringify({ errorType, errorMessage }));
    }
  });
  const lambdaPort = await listenOnLoopback(lambda, 0);

  /** A cold start of vend. */
  async function instance() {
    const { handler } = await coldStart<typeof import("../../../functions/vend.ts")>("vend");
    async function vend(storage: string, token: string, query = ""): Promise<Answer> {
      const event = httpEvent({ authorization: `Bearer ${token}`, storage, query });
      const { statusCode = 0, headers = {}, body = "{}" } = await handler(event, lambdaContext("request-1"));
      const retryAfter = headers["Retry-After"];
      return { ...JSON.parse(body), status: statusCode, retryAfter: retryAfter && String(retryAfter) };
    }
    return Object.assign(vend, { handler });
  }

  return {
    backends,
    config,
    trail,
    log,
    instance,
    advance: (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds),
    /** A token that lasts as long as any test. */
    token: (sub: string, claims: object = {}) =>
      backends.issuer.token({ sub, tenant: "acme", exp: Math.floor(Date.now() / 1_000) + 86_400, ...claims }),

    /** Runs the command, as `npm run revoke -- …` would. */
    async revoke(args: string[], { onStep, logs }: RunOptions = {}): Promise<RevokeReport> {
      const call = readCommandLine([...args, "--local"], {});
      if (call === undefined) throw new Error("The command was asked for help.");
      const clients = onStep
        ? watched(operatorClients(backends, lambdaPort), onStep)
        : operatorClients(backends, lambdaPort);
      return carryOut(readTask(call.values, config), {
        ...{
          config,
          stage: "local",
          clients: { ...clients, ...(logs && { logs }) },
          emulatedSts: backends.sts.url,
          users: call.users,
        },
        ...{ isDryRun: call.values["dry-run"] ?? false, now: Date.now, sleep: async () => {} },
      });
    },

    async close() {
      restoreDeadlines();
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      vi.useRealTimers();
      await closeServer(lambda);
      await backends.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The emulation's services, by the key of its operator. */
export function operatorClients({ iam, sts, secretsManager }: LocalService["backends"], lambda = 0): Clients {
  const portOf = ({ url }: { url: string }) => Number(new URL(url).port);
  return localClients({
    ...{ api: 0, issuer: 0, dynamodb: 0, s3: 0, s3Ahead: 0, lambda },
    ...{ iam: portOf(iam), sts: portOf(sts), secretsManager: portOf(secretsManager) },
  });
}

/** The same services, which tell of each request right before it is sent, and when it is answered. */
function watched(clients: Clients, onStep: NonNullable<RunOptions["onStep"]>): Clients {
  const secretsManager = clients.secretsManager(undefined);
  for (const client of [clients.lambda, clients.iam, clients.sts, secretsManager] as Clients["lambda"][])
    client.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          onStep({ name: commandName, isDone: false });
          const answer = await next(args);
          onStep({ name: commandName, isDone: true });
          return answer;
        },
      { step: "initialize" },
    );
  return { ...clients, secretsManager: () => secretsManager };
}

let built: Promise<string> | undefined;

/** The functions' bundles, which all tests of a file share. The machine's folder for temporary files is theirs. */
function bundles(): Promise<string> {
  built ??= (async () => {
    const outDir = await mkdtemp(join(tmpdir(), "keyvend-revoking-bundles-"));
    process.on("exit", () => rmSync(outDir, { recursive: true, force: true }));
    await buildFunctions({ outDir });
    return outDir;
  })();
  return built;
}

/** Starts functions, each time from a copy of its bundle in this folder: so instances share nothing. */
function coldStarts(outDir: string, folder: string) {
  let starts = 0;
  return async function coldStart<Module>(name: "vend" | "revoke"): Promise<Module> {
    const copy = join(folder, `${name}-${++starts}`);
    await cp(join(outDir, name), copy, { recursive: true });
    return import(/* @vite-ignore */ pathToFileURL(join(copy, `${name}.mjs`)).href);
  };
}

/** Whether S3 takes the credentials of an answer for what they are for. */
export async function opens(answer: CredentialsAnswer): Promise<boolean> {
  const client = s3Of(answer);
  const { bucket, prefix } =
    /^s3:\/\/(?<bucket>[^/]+)\/(?<prefix>.*)$/.exec(answer.Targets[0] ?? "")?.groups ?? {};
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket ?? "", Prefix: prefix ?? "" }));
    return true;
  } catch (error) {
    if ((error as { name: string }).name === "AccessDenied") return false;
    throw error;
  } finally {
    client.destroy();
  }
}
