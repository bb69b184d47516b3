import { expect, test } from "vitest";
import { comeBack } from "../../../infra/local/come-back.ts";

const answered = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json({ code }, { status, headers });
const unavailable = () => answered(503, "unavailable", { "retry-after": "0.05" });

/** Gives these answers, one after the other, and says how often it was asked. */
function asked(...answers: Response[]) {
  const times: number[] = [];
  const ask = async () => {
    times.push(performance.now());
    return answers[times.length - 1] ?? unavailable();
  };
  return { ask, times };
}

test("a caller that is told to come back does so at that time, and gets that answer", async () => {
  const { ask, times } = asked(unavailable(), answered(200, "fine"));
  const response = await comeBack(ask);
  expect([response.status, await response.json()]).toEqual([200, { code: "fine" }]);
  // Timers may be a millisecond early.
  expect(Number(times[1]) - Number(times[0])).toBeGreaterThanOrEqual(49);
});

test.each([
  [503, "throttled"],
  [502, "storage_misconfigured"],
  [401, "unauthenticated"],
])("any other answer is the answer: %i %s", async (status, code) => {
  const { ask, times } = asked(answered(status, code));
  expect((await comeBack(ask)).status).toBe(status);
  expect(times).toHaveLength(1);
});

test("a service that stays away is given up after five returns", async () => {
  const { ask, times } = asked();
  expect(await (await comeBack(ask)).json()).toEqual({ code: "unavailable" });
  expect(times).toHaveLength(6);
});
