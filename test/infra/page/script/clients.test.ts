import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ClientPlace, clients, filledIn } from "../../../../infra/page/script/clients.ts";

// The page's settings are those of the table that the conformance run writes.

const document = readFileSync("test/conformance/clients/README.md", "utf8");
const rows = Array.from(
  document.matchAll(/^\| \*\*(.+?)\*\* [^|]*\| ([^|]*) \|/gm),
  ([, title = "", settings = ""]) => ({
    title: title.replaceAll("`", ""),
    settings,
  }),
);
const [, usual = ""] = /The usual settings:\n\n```sh\n(.*?)```/s.exec(document) ?? [];

const place: ClientPlace = {
  service: "https://keyvend.example.com/",
  url: "https://keyvend.example.com/v1/storages/lake/credentials",
  storage: "lake",
  bucket: "lake",
  target: "s3://lake/t1/",
  endpoint: "https://s3.example.com",
  region: "eu-central-1",
};

test("the page has each client and platform of the table, and no other", () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(clients.map(({ title }) => title)).toEqual(rows.map(({ title }) => title));
});

test.each(rows)("the settings of $title are those of the table", ({ title, settings }) => {
  const client = clients.find((each) => each.title === title);
  const lines = [...(client?.environment ?? []), ...(client?.own ?? [])].map((line) =>
    line.replace("s3 ls {target}", "s3 ls s3://lake/t1/"),
  );
  const inTable = Array.from(settings.matchAll(/`([^`]+)`/g), ([, line = ""]) => line);
  const expected = [...(settings.startsWith("usual") ? usual.trim().split("\n") : []), ...inTable];
  expect(lines).toEqual(expected);
  const saysOlder = client?.notes?.some((note) => note.includes("AWS_REQUEST_CHECKSUM_CALCULATION")) ?? false;
  expect(saysOlder).toBe(settings.includes("older stores"));
});

test("what is filled in is the place, and nothing secret", () => {
  const all = clients.flatMap(({ environment, own = [], notes = [] }) => [...environment, ...own, ...notes]);
  const filled = all.map((line) => filledIn(line, place));
  expect(filled.filter((line) => /\{(?!\s)\w+\}/.test(line))).toEqual([]);
  expect(filled).toContain("AWS_REGION=eu-central-1");
  expect(filled).toContain("AWS_CONTAINER_AUTHORIZATION_TOKEN=YOUR_TOKEN");
  expect(filledIn("{constructor} {toString}", place)).toBe("{constructor} {toString}");
});
