import { expect, test } from "vitest";
import { sessionName } from "../../shared/core/session-name.ts";
import { alice, sampleStorage } from "../vending/samples.ts";

const ways = [
  { way: "federation-token", longest: 32 },
  { way: "assume-role", longest: 64 },
  { way: "web-identity", longest: 64 },
] as const;
const hashLength = 16;

test.each(ways)(
  "a name by $way has $longest characters at most: the principal's first ones and the whole hash",
  ({ way, longest }) => {
    const nameOf = (subject: string) =>
      sessionName(sampleStorage(way, { sessions: "per-principal" }), { ...alice, subject });
    const room = longest - hashLength - 1;
    const subject = "abcdefghij".repeat(30);
    for (const length of [room - 1, room, room + 1, 300]) {
      const readable = subject.slice(0, Math.min(length, room));
      expect(nameOf(subject.slice(0, length))).toMatch(new RegExp(`^${readable}-[\\w-]{${hashLength}}$`));
    }
  },
);

test("a run of characters that STS does not take is one hyphen, wherever it stands", () => {
  const storage = sampleStorage("assume-role", { sessions: "per-principal" });
  const readable = (subject: string) => sessionName(storage, { ...alice, subject }).slice(0, -hashLength - 1);
  expect(readable("a/b")).toBe("a-b");
  expect(readable("://a:/ b/ü/")).toBe("-a-b-");
  expect(readable("_a+b=c,d.e@f-g")).toBe("_a+b=c,d.e@f-g");
});
