import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcesses } from "../../stampede/own-process.ts";
import { percentile, stsLatencyMs } from "../../stampede/scenario.ts";
import type { StsCounts, StsOperations } from "../../stampede/sts-stand-in.ts";
import { simulateDay, taskDay } from "../day.ts";
import { measureCold, stampedes } from "../fleet.ts";
import { exactly, type Measure, type Row } from "../measure.ts";
import { startServer } from "../server.ts";
import type { World } from "../world.ts";
import { buildVault, vaultVersion } from "./build-vault.ts";
import { arrive, type Met } from "./callers.ts";
import { startVault } from "./vault.ts";

const { callers, paceMs } = stampedes.cold;
/** What STS allows an account in a region. */
const quotaPerSecond = 600;
/** Reads whose calls to STS are counted, and those before them. */
const [reads, warmUps] = [20, 50];

/** One product: how a caller asks for a scope. */
interface Subject {
  name: string;
  vend(scope: string, caller: number): Promise<void>;
}

interface Outcome {
  name: string;
  met: Met;
  sts: StsCounts;
}

/**
 * Vault beside keyvend: the same callers, issuer and STS, and one server of each, on the same cores. It takes some minutes, and much
 * longer the first time, in which Vault is built.
 */
export async function measurePeers(world: World): Promise<Row[]> {
  const program = await buildVault();
  const processes = createProcesses();
  const folder = await mkdtemp(join(tmpdir(), "keyvend-peers-"));
  const endings: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true }), processes.endAll];
  try {
    const sts = processes.start<StsOperations>("sts-stand-in.ts");
    const address = await sts.ask("up");
    await sts.ask("meet", { latencyMs: stsLatencyMs, mostPerSecond: quotaPerSecond });
    const tokens = await Promise.all(Array.from({ length: callers }, (_, n) => world.token(`caller-${n}`)));
    const tokenOf = (caller: number) => tokens[caller] ?? "";
    const vault = await startVault({ program, folder, sts: address, issuer: world.issuer });
    endings.push(vault.end);
    const own = await startServer({ ...world, document: withSts(world, address) });
    endings.push(own.end);
    const askProxy = await vault.startProxy(tokenOf(0));
    const keyvend: Subject = {
      name: "keyvend",
      async vend(scope, caller) {
        const { path, headers } = world.request(scope, tokenOf(caller));
        const response = await fetch(own.url + path, { headers });
        const body = await response.text();
        if (!response.ok) throw new Error(`keyvend: ${response.status} ${body}`);
      },
    };
    // Its scope is that of the caller's role, whatever folder keyvend is asked for.
    const peer: Subject = { name: "Vault", vend: (_, caller) => vault.vend(tokenOf(caller)) };
    const proxy: Subject = { name: "Vault through its proxy", vend: askProxy };

    async function play(
      { name, vend }: Subject,
      scope: string,
      count: number,
      pace: number,
    ): Promise<Outcome> {
      await sts.ask("count");
      const met = await arrive(count, pace, (caller) => vend(scope, caller));
      return { name, met, sts: await sts.ask("count") };
    }
    const playBoth = async (scope: string, pace: number) => [
      await play(keyvend, scope, callers, pace),
      await play(peer, scope, callers, pace),
    ];
    for (const subject of [keyvend, peer, proxy]) await play(subject, "rehearsal", warmUps, paceMs);
    const paced = await playBoth("paced", paceMs);
    const atOnce = await playBoth("at-once", 0);
    const playReads = (subject: Subject) => play(subject, "repeated", reads, 2 * stsLatencyMs);
    const ownReads = await playReads(keyvend);
    const peerReads = await playReads(peer);
    const repeated = [ownReads, peerReads, await playReads(proxy)];
    const instances = await measureCold();
    const said = callers.toLocaleString("en");
    return [
      {
        id: "P1",
        what: `${said} callers of one scope, ${paceMs} ms apart: a server of each`,
        measures: paced.flatMap(measuresOf),
        notes: notesOf(paced),
      },
      {
        id: "P2",
        what: `${said} callers of one scope, all at once, STS takes ${quotaPerSecond} calls a second`,
        measures: atOnce.flatMap(measuresOf),
        notes: notesOf(atOnce),
      },
      {
        id: "P3",
        what: "the callers of P1, each an instance of keyvend's own (B9)",
        measures: instances.measures.map(({ says, spread, unit }) => ({
          says: `keyvend: ${says}`,
          spread,
          unit,
        })),
        ...(instances.notes && { notes: instances.notes }),
      },
      {
        id: "P4",
        what: `${reads} callers, one after the other, calls to STS`,
        measures: repeated.map(({ name, sts: { cameAt } }) => ({
          says: name,
          spread: exactly(cameAt.length),
          unit: "",
        })),
        notes: [...notesOf(repeated), "Vault's proxy keeps what can be renewed; a session of STS cannot be."],
      },
      dayOf(callsPerRead(peerReads)),
    ];
  } finally {
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) await end();
  }
}

/** The same configuration, with a storage whose sessions come from elsewhere. */
function withSts({ document, storage }: World, stsEndpoint: string): object {
  const { storages, ...rest } = document as { storages: Record<string, object> };
  return { ...rest, storages: { ...storages, [storage]: { ...storages[storage], stsEndpoint } } };
}

function measuresOf({ name, met, sts }: Outcome): Measure[] {
  const figure = (says: string, value: number, unit = "") => ({
    says: `${name}: ${says}`,
    spread: exactly(value),
    unit,
  });
  return [
    figure("calls to STS", sts.cameAt.length),
    figure("throttled", sts.throttled),
    figure("failures", met.failures),
    figure("p50", percentile(met, 50), "ms"),
    figure("p99", percentile(met, 99), "ms"),
  ];
}

function notesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ met: { reason } }) => (reason === undefined ? [] : [reason.slice(0, 300)]));
}

function callsPerRead({ name, met, sts }: Outcome): number {
  if (met.failures > 0) throw new Error(`Reads of ${name} have failed.`);
  return sts.cameAt.length / reads;
}

/**
 * A day of a hundred thousand short tasks an hour. keyvend's is that of B11.
 *
 * @param vaultCalls to STS for each request, as they were counted: Vault keeps no session, so its day follows from one request
 */
export function dayOf(vaultCalls: number): Row {
  const few = simulateDay({ ...taskDay, scopes: 200, skew: 0 });
  const many = simulateDay({ ...taskDay, scopes: 10_000, skew: 1 });
  const calls = (says: string, value: number) => ({ says, spread: exactly(value), unit: "" });
  const direct = Math.round(taskDay.vends * vaultCalls);
  return {
    id: "P5",
    what: `a day of ${taskDay.vends.toLocaleString("en")} requests, calls to STS`,
    measures: [
      calls("Vault, any number of scopes", direct),
      calls("Vault, in a second", direct / (taskDay.lastsMs / 1_000)),
      calls("keyvend, 200 scopes", few.stsCalls),
      calls("keyvend, 10,000 scopes, by Zipf's law", many.stsCalls),
      calls("keyvend against Vault, 200 scopes", few.stsCalls / few.vends / vaultCalls),
      calls("keyvend against Vault, 10,000 scopes", many.stsCalls / many.vends / vaultCalls),
    ],
    notes: [
      `Vault ${vaultVersion}, calls to STS for each request, as counted in P4: ${vaultCalls}.`,
      "keyvend's day is simulated over the decisions of core/expiry.ts, as B11 is.",
    ],
  };
}
