/** Alarms, the metrics that the code emits, and the pages of the runbook: each leads to the others. */
import { describe, expect, test } from "vitest";
import { alarms, emitted, watchedBy } from "./alarms.ts";
import { ending, lookFirst, pages } from "./runbook-pages.ts";

const namesIn = (text: string): string[] =>
  Array.from(text.matchAll(/`([A-Z]\w+)`/g), ([, name = ""]) => name);
const alarmsOf = (text: string): string[] => namesIn(/^\*\*Alarms:\*\* (.+)$/m.exec(text)?.[1] ?? "");

test("the runbook begins with where to look, and ends with what rings no alarm", () => {
  expect([lookFirst.title, ending.title]).toEqual(["Look first", "What rings no alarm"]);
});

describe.each(pages)("the page $title", ({ text }) => {
  test("says what is seen, what to do, how long it takes, and when it is over, in this order", () => {
    const parts = Array.from(text.matchAll(/^\*\*([A-Z][a-z ]+?):?\*\*/gm), ([, part]) => part);
    expect(parts).toEqual(["Alarms", "You see", "Do", "It takes", "It is over when"]);
  });

  test("names alarms, or says that it has none", () => {
    const line = /^\*\*Alarms:\*\* (.+)$/m.exec(text)?.[1];
    expect(line).toMatch(/^(`\w+`(, )?)+$|^none\b/);
  });
});

test("each alarm has one page, which names it, and which its description names", () => {
  const listed = pages.flatMap(({ id, text }) => alarmsOf(text).map((alarm) => [alarm, id]));
  const described = alarms.map(([name, { AlarmDescription }]) => [name, AlarmDescription.split("#").at(-1)]);
  expect(listed.sort()).toEqual(described.sort());
});

test("each metric has an alarm, or a reason for none", () => {
  const watched = new Set(
    alarms.flatMap(([, alarm]) => watchedBy(alarm).map(({ MetricName }) => MetricName)),
  );
  const rows = Array.from(ending.text.matchAll(/^\| (`.+?) \| (.+) \|$/gm), ([, names = "", why]) => ({
    names: namesIn(names),
    why,
  }));
  for (const { why } of rows) expect(why).toMatch(/^.{20,}$/);
  const excused = rows.flatMap(({ names }) => names);
  expect(emitted.filter((metric) => !watched.has(metric)).sort()).toEqual(excused.sort());
});
