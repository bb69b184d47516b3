import { expect, test } from "vitest";
import { about } from "../../../infra/doctor/finding.ts";
import { reportJson, reportText } from "../../../infra/doctor/report.ts";

const findings = [
  about("vend", "lake READ raw/").ok("vended; 29 minutes are left"),
  about("key", "AKIAIOSFODNN7EXAMPLE of keyvend-prod/lake").warning("was made 200 days ago", "Rotate it."),
  about("tls", "vend.example.com").failed("\u001b[2Jthe certificate\nis not trusted", "Renew it."),
  about("stack", "local").notChecked("there is none"),
];

test("a reader gets a line for each finding, and below it what to do", () => {
  expect(reportText(findings).split("\n")).toEqual([
    "ok           vend           lake READ raw/: vended; 29 minutes are left",
    "warning      key            AKIAIOSFODNN7EXAMPLE of keyvend-prod/lake: was made 200 days ago",
    "                            Rotate it.",
    "FAILED       tls            vend.example.com: ?[2Jthe certificate?is not trusted",
    "                            Renew it.",
    "not checked  stack          local: there is none",
    "",
    "1 failed, 1 warning, 1 ok, 1 not checked",
    "",
  ]);
});

test("a program gets the same, with whether anything is to be done", () => {
  const now = new Date("2026-11-27T12:00:00Z");
  const read = (some: typeof findings) => JSON.parse(reportJson("https://vend.example.com", some, now));
  expect(read(findings)).toEqual({
    ...{ ok: false, url: "https://vend.example.com", time: "2026-11-27T12:00:00.000Z", findings },
  });
  expect(read(findings.filter(({ status }) => status === "ok" || status === "not-checked")).ok).toBe(true);
  expect(read(findings.slice(0, 2)).ok).toBe(false);
});
