import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client as Client, type S3Client } from "@aws-sdk/client-s3";
import { vi } from "vitest";
import { compileConfig } from "../../functions/config.ts";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../functions/vend.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { type Backends, startBackends } from "../../infra/local/backends.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { lambdaContext } from "../functions/context.ts";
import { httpEvent } from "../functions/http-event.ts";
import { isServerDoor, startServerHandler, stopServers } from "../functions/server/server-handler.ts";
import { holdOffDeadlines } from "../hold-off-deadlines.ts";

/** One line of the audit trail, with the time at which it came to the log. */
export interface LogLine {
  timestamp: string;
  audit: AuditRecord;
}

/** The parts of the emulation's configuration to which tests add. */
export interface Vending {
  issuers: Record<string, object>;
  storages: Record<string, object>;
  grants: object[];
}

export interface LocalService {
  backends: Backends;
  /** The trail without callers that were told to come back, because they ask again. */
  log: LogLine[];
  /** Answers an event of the form that API Gateway sends. */
  answer(event: ApiGatewayEvent): Promise<ApiGatewayResult>;
  /** Asks for credentials. The query is sent as it is. */
  vend(storage: string, token: string, query?: string): Promise<{ status: number; body: AnswerOrProblem }>;
  close(): Promise<void>;
}

/** Either kind of body, for tests that look at any member. */
export type AnswerOrProblem = CredentialsAnswer & Problem;

/** The deployed function, in this process, with the emulation's backends. */
export async function startLocalService(
  change: (vending: Vending, backends: Backends) => Vending | Promise<Vending> = (vending) => vending,
): Promise<LocalService> {
  const backends = await startBackends({
    ...{ api: 0, issuer: 0, dynamodb: 0, sts: 0, secretsManager: 0, s3: 0, lambda: 0, s3Ahead: 0, iam: 0 },
  });
  const folder = await mkdtemp(join(tmpdir(), "keyvend-service-"));
  const path = join(folder, "vending.json");
  const changed = await change(backends.vending as Vending, backends);
  await writeFile(path, compileConfig(parseConfig(changed)));
  for (const [name, value] of Object.entries({ ...backends.environment, VENDING_CONFIG: path }))
    vi.stubEnv(name, value);

  let requests = 0;
  const log: LogLine[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((line) => {
    const written = JSON.parse(String(line));
    if (written.audit && written.audit.code !== "unavailable")
      log.push({ timestamp: new Date().toISOString(), ...written });
    return true;
  });
  vi.resetModules();
  const restoreDeadlines = holdOffDeadlines();
  const handler = isServerDoor
    ? await startServerHandler()
    : (await import("../../functions/vend.ts")).handler;

  async function answer(event: ApiGatewayEvent): Promise<ApiGatewayResult> {
    requests += 1;
    return handler(event, lambdaContext(`request-${requests}`));
  }

  return {
    backends,
    log,
    answer,
    async vend(storage, token, query = "") {
      const response = await comeBack(async () => {
        const { statusCode, headers, body } = await answer(
          httpEvent({ authorization: `Bearer ${token}`, storage, query }),
        );
        return new Response(body, {
          status: Number(statusCode),
          headers: headers as Record<string, string>,
        });
      });
      return { status: response.status, body: (await response.json()) as AnswerOrProblem };
    },
    async close() {
      await stopServers();
      restoreDeadlines();
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await backends.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An S3 client that is configured only by an answer. */
export function s3Of(answer: CredentialsAnswer): S3Client {
  return new Client({
    endpoint: answer.Endpoint,
    region: answer.Region,
    forcePathStyle: answer.PathStyleAccess,
    credentials: {
      accessKeyId: answer.AccessKeyId,
      secretAccessKey: answer.SecretAccessKey,
      ...(answer.Token !== "" && { sessionToken: answer.Token }),
    },
    maxAttempts: 1,
  });
}
