import { expect, test } from "vitest";
import type { RecentRecord } from "../../../../functions/page/recent-records.ts";
import { createServerMetrics } from "../../../../functions/server/metrics.ts";
import { byLabel, growth, readingsIn, total } from "../../../../infra/page/script/metrics.ts";
import { meaningOf } from "../../../../infra/page/script/policy-meaning.ts";
import { livesOf, scopesIn } from "../../../../infra/page/script/timeline.ts";
import { durationText, nearMissText, timeText } from "../../../../infra/page/script/words.ts";
import { dialectOf } from "../../../../shared/core/dialect.ts";
import { compilePolicy } from "../../../../shared/core/policy.ts";

test("durations and times are in a person's words", () => {
  expect([0, 59, 60, 3_600, 5_430, 43_200].map(durationText)).toEqual([
    ...["0 s", "59 s", "1 min", "1 h", "1 h 30 min", "12 h"],
  ]);
  const now = Date.UTC(2026, 10, 27, 12);
  expect(timeText(now + 3_600_000, now)).toBe("2026-11-27 13:00:00 UTC, in 1 h");
  expect(timeText("2026-11-27T11:00:00Z", now)).toBe("2026-11-27 11:00:00 UTC, 1 h ago");
  for (const odd of ["no time", 1e300]) expect(timeText(odd, now)).toBe(String(odd));
});

test("a near miss says what failed and what the caller brought", () => {
  expect(nearMissText({ Failed: [{ Condition: "claims.team", Reason: "missing" }] })).toBe(
    "A grant is nearly yours, but your claim team is missing.",
  );
  expect(
    nearMissText({
      Grant: "raw",
      Failed: [
        { Condition: "permission", Reason: "beyond_grant" },
        { Condition: "claims./a/b", Reason: "no_match", Value: ["<b>"] },
      ],
    }),
  ).toBe(
    'The grant raw is yours, but the permission goes beyond it; your claim /a/b does not match (you brought ["<b>"]).',
  );
});

test("a compiled policy is folded to what it means", () => {
  const setting = { partition: "aws", region: "eu-central-1", dialect: dialectOf("aws", true) };
  const policy = compilePolicy({ bucket: "lake", prefixes: ["t1/"], permission: "READ" }, setting);
  expect(meaningOf(policy)).toEqual([
    { does: "read objects", where: ["s3://lake/t1/*"] },
    { does: "see where the bucket is", where: ["s3://lake"] },
    { does: "list names", where: ["s3://lake where the names begin with t1/*"] },
  ]);
  expect(meaningOf("no policy")).toBeUndefined();
});

test("counts are read as the server writes them", () => {
  const metrics = createServerMetrics();
  const meter = metrics.counting(() => {});
  meter({ cache: "table" }, { Vends: 1 });
  meter({ cache: "issued" }, { Vends: 2 });
  meter({ way: "assume-role" }, { StsCalls: 1, StsLatency: 40 });
  const readings = readingsIn(metrics.text(), 0);
  expect(total(readings, "keyvend_vends_total")).toBe(3);
  expect(byLabel(readings, "keyvend_vends_total", "cache")).toEqual(
    new Map([
      ["table", 1],
      ["issued", 2],
    ]),
  );
  expect(total(readings, "keyvend_sts_latency_seconds_total")).toBeCloseTo(0.04);
  expect([growth(3, 5), growth(5, 2)]).toEqual([2, 2]);
});

test("the sessions of a scope are told by their ends, with their uses and where they are due", () => {
  const base = Date.UTC(2026, 10, 27, 12);
  const at = (minutes: number) => new Date(base + minutes * 60_000).toISOString();
  const scope: Partial<RecentRecord> = { storage: "lake", permission: "READ", targets: ["s3://lake/raw/"] };
  const records: RecentRecord[] = [
    { ...scope, time: at(0), decision: "vended", cache: "issued", expiration: at(60) },
    { ...scope, time: at(5), decision: "vended", cache: "table", expiration: at(60) },
    { ...scope, time: at(20), decision: "warmed", expiration: at(80) },
    { ...scope, time: at(21), decision: "vended", cache: "table", expiration: at(80) },
    { time: at(22), decision: "refused", code: "no_grant", storage: "lake" },
    { ...scope, targets: ["s3://lake/other/"], time: at(23), decision: "vended", expiration: at(83) },
  ];
  expect(scopesIn(records)).toEqual(["lake: READ on s3://lake/other/", "lake: READ on s3://lake/raw/"]);
  expect(livesOf("lake: READ on s3://lake/raw/", records)).toMatchObject([
    { issuedAt: base, isRenewal: false, uses: [base, base + 300_000], servableUntil: base + 30 * 60_000 },
    { issuedAt: base + 1_200_000, isRenewal: true, uses: [base + 1_260_000] },
  ]);
  const [first] = livesOf("lake: READ on s3://lake/raw/", records);
  expect(first?.dueFrom).toBe(base + 15 * 60_000);
  expect(first?.dueUntil).toBeLessThan(base + 24 * 60_000);
  expect(livesOf("lake: READ on s3://lake/other/", records)[0]).toMatchObject({ issuedAt: undefined });
});
