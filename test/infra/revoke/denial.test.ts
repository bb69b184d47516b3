import { describe, expect, test } from "vitest";
import {
  bySessionName,
  type Denial,
  joined,
  policyOf,
  readDenials,
  tidied,
  together,
  without,
} from "../../../infra/revoke/denial.ts";

const second = 1_000;
const before = Date.UTC(2026, 10, 22, 15);
const until = before + 43_200 * second;
const all: Denial = { before, until };
const of = (name: string, change: Partial<Denial> = {}): Denial => ({
  narrowing: bySessionName(name),
  before,
  until,
  ...change,
});

test("no denial is no policy, for an empty one may not be put", () => {
  expect(policyOf([])).toBeUndefined();
});

test("a Deny is for sessions that were issued before, and never for a request that has no time of issue", () => {
  expect(JSON.parse(policyOf([all]) ?? "")).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Until20261123T030000ZN1",
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        // With `IfExists` it would hold for long-term keys, and so for keyvend itself.
        Condition: { DateLessThan: { "aws:TokenIssueTime": "2026-11-22T15:00:00Z" } },
      },
    ],
  });
});

test("denials of the same times stand in one statement for each kind of narrowing", () => {
  const tag = { key: "aws:PrincipalTag/team", value: "data" } as const;
  const source = { key: "aws:SourceIdentity", value: "alice" } as const;
  const denials = [
    of("alice-1"),
    of("bob-2"),
    of("carol-3", { before: before + second }),
    { ...all, narrowing: tag },
    { ...all, narrowing: source },
  ];
  const { Statement } = JSON.parse(policyOf(denials) ?? "");
  expect(
    Statement.map(
      ({ Condition: { DateLessThan: _, ...narrowing } }: { Condition: Record<string, unknown> }) => narrowing,
    ),
  ).toEqual([
    { StringLike: { "aws:userid": ["*:alice-1", "*:bob-2"] } },
    { StringLike: { "aws:userid": "*:carol-3" } },
    { StringEquals: { "aws:PrincipalTag/team": "data" } },
    { StringEquals: { "aws:SourceIdentity": "alice" } },
  ]);
  expect(new Set(Statement.map(({ Sid }: { Sid: string }) => Sid)).size).toBe(4);
  expect(readDenials(policyOf(denials) ?? "")).toEqual(denials);
});

describe("the denials on a role or user", () => {
  test("have each one once, and an earlier one of the same sessions beside a later one", () => {
    const later = { ...all, before: before + second };
    expect(together([all, of("alice-1")], [all, later, of("alice-1")])).toEqual([all, of("alice-1"), later]);
  });

  test("lose exactly those that are lifted", () => {
    const later = { ...all, before: before + second };
    expect(without([all, later, of("alice-1")], [later, of("bob-2")])).toEqual([all, of("alice-1")]);
  });

  test("lose those whose sessions have all expired", () => {
    expect(tidied([all], until - 1)).toEqual([all]);
    expect(tidied([all, of("alice-1", { until: until + 1 })], until)).toHaveLength(1);
  });
});

describe("where there is no room", () => {
  test("the later denial of the same sessions counts, and those that get nothing new have the last time", () => {
    const denials = [
      all,
      { ...all, before: before + second, until: until + second },
      of("alice-1"),
      of("bob-2", { before: before + 5 * second, until: until + 5 * second }),
      of("let-in-again"),
    ];
    const getsNothing = ({ value }: { value: string }) => value !== "*:let-in-again";
    expect(joined(denials, getsNothing)).toEqual([
      { before: before + second, until: until + second },
      of("let-in-again"),
      of("alice-1", { before: before + 5 * second, until: until + 5 * second }),
      of("bob-2", { before: before + 5 * second, until: until + 5 * second }),
    ]);
  });

  test("forty principals that were revoked one after the other fit into what IAM allows a user", () => {
    const name = "system-serviceaccount-da-Fm1zUo-hYc3rXa9Q".slice(0, 32);
    const denials = Array.from({ length: 40 }, (_, n) =>
      of(`${n}${name}`.slice(0, 32), { before: before + n * second, until: until + n * second }),
    );
    expect(policyOf(denials)?.length).toBeGreaterThan(2_048);
    expect(policyOf(joined(denials, () => true))?.length).toBeLessThan(1_750);
  });
});

describe("a policy that keyvend has not written", () => {
  const ours = JSON.parse(policyOf([of("alice-1")]) ?? "");
  const changed = (change: object) =>
    JSON.stringify({ ...ours, Statement: [{ ...ours.Statement[0], ...change }] });

  test.each([
    ["no JSON", "{"],
    ["an Allow", changed({ Effect: "Allow" })],
    ["another action", changed({ Action: "s3:*" })],
    ["another name", changed({ Sid: "Mine" })],
    ["no time", changed({ Condition: {} })],
    [
      "another operator",
      changed({ Condition: { DateLessThanIfExists: { "aws:TokenIssueTime": "2026-11-22T15:00:00Z" } } }),
    ],
    [
      "a condition beside",
      changed({ Condition: { ...ours.Statement[0].Condition, Bool: { "aws:SecureTransport": "true" } } }),
    ],
    [
      "another wildcard",
      changed({ Condition: { ...ours.Statement[0].Condition, StringLike: { "aws:userid": "*" } } }),
    ],
    [
      "a statement more",
      JSON.stringify({
        ...ours,
        Statement: [...ours.Statement, { Effect: "Allow", Action: "*", Resource: "*" }],
      }),
    ],
    ["no statement", JSON.stringify({ ...ours, Statement: [] })],
  ])("with %s is not guessed at", (_, document) => {
    expect(() => readDenials(document)).toThrow("has another form than keyvend gives it");
  });
});
