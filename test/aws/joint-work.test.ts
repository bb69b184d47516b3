import { expect, test } from "vitest";
import { createJointWork } from "../../shared/aws/joint-work.ts";
import { isOpen } from "../is-open.ts";

/** Work that the test ends. */
function createWork() {
  const begun: { name: string; signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  const join = createJointWork((name, signal) => {
    const end = Promise.withResolvers<string>();
    begun.push({ name, signal, end });
    return end.promise;
  });
  return { begun, join };
}

test("callers that want the same at once share it, and others have their own", async () => {
  const { begun, join } = createWork();
  const { signal } = new AbortController();
  const all = [join("a", signal), join("a", signal), join("b", signal)];
  expect(begun.map(({ name }) => name)).toEqual(["a", "b"]);
  for (const { name, end } of begun) end.resolve(name);
  expect(await Promise.all(all)).toEqual(["a", "a", "b"]);
});

test.each(["resolve", "reject"] as const)("what has come to its end (%s) is not given again", async (how) => {
  const { begun, join } = createWork();
  const { signal } = new AbortController();
  const first = join("a", signal);
  begun[0]?.end[how]("old");
  await first.catch(() => undefined);
  const second = join("a", signal);
  begun[1]?.end.resolve("new");
  expect(await second).toBe("new");
});

test("a caller that leaves does so alone; with the last one the work ends", async () => {
  const { begun, join } = createWork();
  const [one, two] = [new AbortController(), new AbortController()];
  const [first, second] = [join("a", one.signal), join("a", two.signal)];
  one.abort(new Error("no time left"));
  await expect(first).rejects.toThrow("no time left");
  expect(begun[0]?.signal.aborted).toBe(false);
  expect(await isOpen(second)).toBe(true);
  two.abort(new Error("nor here"));
  await expect(second).rejects.toThrow("nor here");
  expect(begun[0]?.signal.aborted).toBe(true);
});

test("nobody joins work that is being stopped, and its late end does not end other work", async () => {
  const { begun, join } = createWork();
  const caller = new AbortController();
  const left = join("a", caller.signal);
  caller.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  const { signal } = new AbortController();
  const second = join("a", signal);
  begun[0]?.end.reject(new Error("stopped"));
  expect(await isOpen(second)).toBe(true);
  const third = join("a", signal);
  expect(begun).toHaveLength(2);
  begun[1]?.end.resolve("done");
  expect(await Promise.all([second, third])).toEqual(["done", "done"]);
});

test("a caller that has no time begins nothing", async () => {
  const { begun, join } = createWork();
  await expect(join("a", AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
  expect(begun).toEqual([]);
});
