import type { Permission } from "../../shared/contract.ts";
import type { Ask } from "../../shared/core/ask.ts";
import type { Circumstances } from "../../shared/core/circumstances.ts";
import type { Config } from "../../shared/core/config.ts";
import { mergePrefixes } from "../../shared/core/prefix.ts";
import { formatTarget, parseTarget, type Target } from "../../shared/core/target.ts";
import { callerOf } from "./case-caller.ts";
import { type CaseEntry, caseEntry } from "./case-entry.ts";
import { listOf } from "./document.ts";
import { ConfigError, listOfFaults, type Report, under } from "./faults.ts";
import { membersOf, readEntry, readList, unknownKey } from "./read-entry.ts";

/** A decision, as a case expects it or as it came out. */
export type CaseOutcome =
  | { targets: string[]; permission: Permission; durationSeconds?: number }
  | { denied: string; wouldGrant: string[] };

/** A caller in its circumstances, its ask, and the decision that is expected. A case without a time is decided now. */
export interface GrantCase {
  name: string;
  /** The position of the case in its file, from 0. */
  index: number;
  circumstances: Omit<Circumstances, "now"> & { now?: number };
  ask: Ask;
  expectation: CaseOutcome;
}

/**
 * Reads the cases of `vending.test.yml`, which test the grants of a configuration.
 *
 * @throws ConfigError with every fault and its path.
 * @example runCases(readCases(document, config), config).failures
 */
export function readCases(document: unknown, config: Config): GrantCase[] {
  const { faults, report } = listOfFaults();
  const { cases, ...rest } = membersOf(document);
  for (const key of Object.keys(rest)) report([key], unknownKey);
  const grantCases = readList(cases, 2_000, under(report, "cases")).flatMap((value, index) => {
    const reportEntry = under(report, "cases", index);
    const entry = readEntry(caseEntry, value, reportEntry);
    return entry === undefined ? [] : [caseOf(entry, index, config, reportEntry)];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return grantCases;
}

function caseOf(entry: CaseEntry, index: number, config: Config, report: Report): GrantCase {
  const { name, storage, target, permission, durationSeconds } = entry;
  // A denial on a misspelt storage would prove nothing.
  if (!config.storages.has(storage)) report(["storage"], "is not among the storages");
  return {
    name,
    index,
    circumstances: {
      principal: callerOf(entry, config, report),
      sourceIp: entry.sourceIp,
      ...(entry.at !== undefined && { now: Date.parse(entry.at) }),
    },
    ask: {
      storage,
      ...(target !== undefined && { targets: readTargets(target, under(report, "target")) }),
      ...(permission && { permission }),
      ...(durationSeconds && { durationSeconds }),
    },
    expectation: readExpectation(entry.expect, under(report, "expect")),
  };
}

function readExpectation(expect: CaseEntry["expect"], report: Report): CaseOutcome {
  if ("denied" in expect) return { denied: expect.denied, wouldGrant: listOf(expect.wouldGrant ?? []) };
  const { scope, ...rest } = expect;
  return { ...rest, targets: targetsOf(readTargets(scope, under(report, "scope"))) };
}

/** Targets in the form and order that a decision has. */
function targetsOf(targets: readonly Target[]): string[] {
  return mergePrefixes(targets.map(({ bucket, prefix }) => formatTarget(bucket, prefix)));
}

function readTargets(texts: string | string[], report: Report): Target[] {
  return listOf(texts).flatMap((text) => {
    const target = parseTarget(text);
    if (target.ok) return [target.value];
    report([], target.reason);
    return [];
  });
}
