import type { JsonCall } from "../../../shared/aws/call.ts";
import { CallFailed } from "../../../shared/aws/call-failed.ts";
import { createSeal } from "../../../shared/aws/seal.ts";
import type { VendError } from "../../../shared/core/errors.ts";
import { DeadlinePassed } from "../../../shared/core/issue-refusal.ts";
import type { Session } from "../../../shared/core/session.ts";
import type { AskWarmer, Clock, Issue } from "../../../shared/vending/ports.ts";
import { createSimulatedDynamodb } from "../../dynamodb/simulated-dynamodb.ts";
import { createInstance, createTable, sealingSecret, tableName } from "../simulated-fleet.ts";

/** The course of one action on the table: it travels, happens at once and whole, and its answer travels back. */
export interface TableWay {
  thereMs: number;
  backMs: number;
  fault?: TableFault | undefined;
}

/** The action never arrives, or its answer never arrives, or the action arrives twice, as a repeated attempt does. */
export type TableFault = "lost" | "answer lost" | "repeated";

/** The course of one call to STS. The issue's deadline cuts off a longer one. */
export interface StsWay {
  takesMs: number;
  refusal?: VendError | undefined;
  /** The caller dies meanwhile. */
  dies?: boolean | undefined;
}

interface Weather {
  table(action: string): TableWay;
  sts(): StsWay;
}

/** A call to STS and its outcome. Without session and refusal it is under way, or its caller died. */
interface TracedStsCall {
  by: string;
  at: number;
  session?: Session;
  refusal?: VendError;
}

interface TracedWrite {
  by: string;
  at: number;
  key: string;
  generation: number;
}

/** All that a fleet has done, in order. Times are the world's. */
export interface Trace {
  sts: TracedStsCall[];
  claims: TracedWrite[];
  results: (TracedWrite & { sealed: string })[];
  /** Claims that were left to the warmer. */
  handOvers: TracedWrite[];
  /** Claims that were ended without a result. */
  releases: TracedWrite[];
  /** Actions on the table that arrived. */
  actions: { action: string; at: number }[];
  /** Keys of entries that the warmer was asked for. */
  warmerRequests: string[];
}

/** Vending's deadline for a whole issue. */
export const issueTimeoutMs = 700;

/** The part of an UpdateItem that shows which write it is. */
interface UpdateInput {
  Key: { key: { S: string } };
  UpdateExpression?: string;
  ExpressionAttributeValues?: Record<string, { N?: string; S?: string }>;
}

interface VirtualWorld {
  clock: Clock & { sleep(milliseconds: number, label?: string): Promise<void> };
  weather: Weather;
}

interface Character {
  name?: string;
  /** How far its clock is ahead of the world's. */
  skewMs?: number;
  /** The number of the pause after which it stops for ever. */
  crashesAt?: number | undefined;
  timeoutMs?: number;
  askWarmer?: AskWarmer;
}

export const seal = createSeal(
  async () => sealingSecret,
  { now: () => 0 },
  (place) => {
    throw new Error(`Tampered with: ${place}`);
  },
);

/**
 * Instances of the real protocol, on the real adapters of the table, in a world that moves only by its clock: every
 * action and every answer arrives when a sleep of that clock ends.
 *
 * @example const { instance, trace } = createVirtualFleet({ clock, weather })
 */
export function createVirtualFleet({ clock, weather }: VirtualWorld) {
  const dynamodb = createSimulatedDynamodb(tableName);
  const trace: Trace = {
    sts: [],
    claims: [],
    results: [],
    handOvers: [],
    releases: [],
    actions: [],
    warmerRequests: [],
  };

  function record(
    by: string,
    { Key, UpdateExpression = "", ExpressionAttributeValues: values = {} }: UpdateInput,
  ) {
    const write = { by, at: clock.now(), key: Key.key.S, generation: Number(values[":generation"]?.N) };
    const sealed = values[":sealed"]?.S;
    if (sealed !== undefined) trace.results.push({ ...write, sealed });
    else if (values[":warrant"]?.S !== undefined) trace.handOvers.push(write);
    else if (UpdateExpression.includes("#claimedUntil = :until")) trace.claims.push(write);
    else if (UpdateExpression.includes("REMOVE #claimedUntil")) trace.releases.push(write);
  }

  function instance(character: Character = {}) {
    const { name = "caller", skewMs = 0, crashesAt = Infinity, timeoutMs = issueTimeoutMs } = character;
    const own: Clock = {
      now: () => clock.now() + skewMs,
      sleep: (milliseconds) => pause(milliseconds, "wakes"),
    };
    const crash = Promise.withResolvers<"crashed">();
    const lastLook = { at: own.now() };
    let pauses = 0;
    let isPriming = false;

    async function pause(milliseconds: number, until: string): Promise<void> {
      await clock.sleep(milliseconds, `${name}: ${until}`);
      if (pauses++ >= crashesAt) await die();
    }

    function die(): Promise<never> {
      crash.resolve("crashed");
      return new Promise(() => {});
    }

    const call: JsonCall = async <Output>(action: string, input: object): Promise<Output> => {
      if (isPriming) return dynamodb.call(action, input);
      const { thereMs, backMs, fault } = weather.table(action);
      await pause(thereMs, `${action} arrives`);
      let answer: PromiseSettledResult<Output> | undefined;
      const arrivals = { lost: 0, repeated: 2 }[fault as string] ?? 1;
      for (let arrived = 0; arrived < arrivals; arrived++) {
        trace.actions.push({ action, at: clock.now() });
        [answer] = await Promise.allSettled([dynamodb.call<Output>(action, input)]);
        if (action === "UpdateItem" && answer?.status === "fulfilled") record(name, input as UpdateInput);
      }
      await pause(backMs, `${action} is answered`);
      if (action === "GetItem") lastLook.at = own.now();
      if (answer === undefined || fault === "answer lost") throw new CallFailed(action, "network");
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    };

    const issue: Issue = async ({ storage, durationSeconds }, { turn } = {}) => {
      await turn?.();
      const stsCall: TracedStsCall = { by: name, at: clock.now() };
      const n = trace.sts.push(stsCall);
      const issuedAt = own.now();
      const { takesMs, refusal, dies } = weather.sts();
      if (dies) await die();
      await pause(Math.min(takesMs, timeoutMs), "STS answers");
      const failure = takesMs > timeoutMs ? new DeadlinePassed(storage.name, "STS") : refusal;
      if (failure) {
        stsCall.refusal = failure;
        throw failure;
      }
      stsCall.session = {
        accessKeyId: `ASIA${String(n).padStart(16, "0")}`,
        secretAccessKey: `secret key ${n}`,
        sessionToken: `session token ${n}`,
        issuedAt,
        expiration: clock.now() + durationSeconds * 1_000,
      };
      return stsCall.session;
    };

    const table = createTable(call, tableName);
    const askWarmer: AskWarmer = async (key, generation) => {
      trace.warmerRequests.push(key);
      await character.askWarmer?.(key, generation);
    };
    const parts = { table, seal, issue, askWarmer, clock: own };
    const protocol = createInstance(parts);
    return {
      ...protocol,
      ...parts,
      call,
      /** Its start, in better weather: it has read what is revoked. */
      async prime() {
        isPriming = true;
        await protocol.revocations.current();
        isPriming = false;
      },
      pause,
      crashed: crash.promise,
      /** By its own clock: the last time that it had an answer of the table. */
      lastLook,
    };
  }

  return { dynamodb, trace, instance };
}
