import { format } from "node:util";
import { expect, test } from "vitest";
import { createAudit } from "../../shared/aws/audit.ts";
import { logEntry } from "../../shared/aws/log-entry.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";

const record: AuditRecord = {
  time: "2026-11-22T15:00:00.000Z",
  requestId: "request-1",
  decision: "vended",
  targets: ["s3://lake/a/", "s3://lake/b/"],
};

test("a record keeps its fields where Lambda makes JSON of what is logged", () => {
  const logged: unknown[] = [];
  createAudit((entry) => logged.push(entry)).record(record);
  expect(JSON.parse(JSON.stringify({ level: "INFO", message: logged[0] }))).toEqual({
    level: "INFO",
    message: { audit: record },
  });
});

test("on any other console it is one line of JSON, however long", () => {
  const entry = logEntry({ audit: { ...record, reason: "a\nb".repeat(200) } });
  expect(format(entry)).toBe(JSON.stringify(entry));
  expect(format(entry)).not.toContain("\n");
});
