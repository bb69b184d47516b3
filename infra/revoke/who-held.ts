import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { greatestDurationSeconds } from "../../shared/core/duration.ts";
import type { VendedSession } from "./effects.ts";

/** What the audit trail knows of a session. */
interface HeldSession extends VendedSession {
  /** Those that it was vended to, `name of issuer`. */
  holders: readonly string[];
}

const accessKeyForm = /^\w{16,128}$/;
const pollMs = 500;
const mostPolls = 60;

/**
 * Looks an access key up in the audit trail: where it was vended, under which name, and to whom. It goes back as far as the longest
 * session, and some more.
 *
 * @throws (the promise) Error, also where the trail does not answer in half a minute
 * @example await whoHeld("ASIA…", { logs, logGroups: ["/aws/lambda/keyvend-prod-vend"], now: Date.now(), sleep })
 */
export async function whoHeld(
  accessKeyId: string,
  {
    logs,
    logGroups,
    now,
    sleep,
  }: {
    logs: CloudWatchLogsClient;
    logGroups: string[];
    now: number;
    sleep: (milliseconds: number) => Promise<unknown>;
  },
): Promise<HeldSession[]> {
  if (!accessKeyForm.test(accessKeyId)) throw new Error("An access key id has letters and digits alone.");
  const { queryId } = await logs.send(
    new StartQueryCommand({
      logGroupNames: logGroups,
      startTime: Math.floor(now / 1_000) - greatestDurationSeconds - 3_600,
      endTime: Math.ceil(now / 1_000) + 60,
      queryString: `fields audit.storage, audit.sessionName, audit.principal, audit.issuer
| filter audit.accessKeyId = "${accessKeyId}" and audit.decision = "vended"
| dedup audit.storage, audit.sessionName, audit.principal, audit.issuer
| limit 1000`,
    }),
  );
  for (let polls = 0; polls < mostPolls; polls++) {
    const { status, results = [] } = await logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Complete") return sessionsIn(results);
    if (status === "Failed" || status === "Cancelled" || status === "Timeout")
      throw new Error(`The query of the audit trail ended as ${status}.`);
    await sleep(pollMs);
  }
  throw new Error("The audit trail has not answered in half a minute.");
}

type Row = { field?: string | undefined; value?: string | undefined }[];

function sessionsIn(rows: readonly Row[]): HeldSession[] {
  const entries = rows.map((row) => {
    const fieldOf = (name: string) => row.find(({ field }) => field === `audit.${name}`)?.value;
    return {
      storage: fieldOf("storage") ?? "",
      sessionName: fieldOf("sessionName"),
      holder: `${fieldOf("principal")} of ${fieldOf("issuer")}`,
    };
  });
  const bySession = Map.groupBy(entries, ({ storage, sessionName }) =>
    JSON.stringify([storage, sessionName]),
  );
  return Array.from(bySession.values(), (group) => {
    const [{ storage, sessionName }] = group as [(typeof entries)[number]];
    return {
      storage,
      ...(sessionName !== undefined && { sessionName }),
      holders: [...new Set(group.map(({ holder }) => holder))],
    };
  });
}
