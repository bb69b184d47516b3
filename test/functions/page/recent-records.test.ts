import { expect, test } from "vitest";
import { createRecentRecords } from "../../../functions/page/recent-records.ts";
import { createAudit } from "../../../shared/aws/audit.ts";
import { createMeter } from "../../../shared/aws/meter.ts";
import type { AuditRecord } from "../../../shared/vending/ports.ts";

const now = Date.UTC(2026, 10, 27, 12);
const vended: AuditRecord = {
  requestId: "r1",
  sourceIp: "192.0.2.7",
  decision: "vended",
  principal: "alice",
  issuer: "corp",
  identity: "oidc",
  tokenHash: "0011",
  grant: "raw",
  storage: "lake",
  targets: ["s3://lake/raw/"],
  permission: "READ",
  way: "assume-role",
  accessKeyId: "ASIAEXAMPLE000000001",
  sessionName: "alice",
  cache: "table",
  expiration: "2026-11-27T13:00:00.000Z",
};

function following() {
  const recent = createRecentRecords();
  const meter = createMeter("keyvend", () => now, recent.note);
  return { recent, meter, audit: createAudit(meter, { now: () => now }) };
}

test("it gives of a decision what the page shows, and neither a key's id, an address nor a token's hash", () => {
  const { recent, audit, meter } = following();
  audit.record(vended);
  audit.record({ requestId: "r2", decision: "explained", storage: "lake" });
  meter({}, { WarmRuns: 1 }, { warm: { due: 0 } });
  recent.note("not JSON\n");
  expect(recent.read()).toEqual([
    {
      time: "2026-11-27T12:00:00.000Z",
      decision: "vended",
      principal: "alice",
      issuer: "corp",
      grant: "raw",
      storage: "lake",
      targets: ["s3://lake/raw/"],
      permission: "READ",
      cache: "table",
      expiration: "2026-11-27T13:00:00.000Z",
    },
  ]);
});

test("it keeps the last 300, and no more than twice as many", () => {
  const { recent, audit } = following();
  for (let n = 0; n < 2_000; n++) audit.record({ ...vended, principal: `p${n}` });
  const kept = recent.read();
  expect(kept).toHaveLength(300);
  expect(kept.at(-1)?.principal).toBe("p1999");
  expect(kept[0]?.principal).toBe("p1700");
});
