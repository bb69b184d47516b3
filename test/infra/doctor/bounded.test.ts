import { expect, test, vi } from "vitest";
import { bounded, forEach } from "../../../infra/doctor/bounded.ts";
import { about, type Finding } from "../../../infra/doctor/finding.ts";

const failing = (error: object) => bounded("trust", "lake", async () => Promise.reject(error));

test("a check that does not end is a failure after its time, and is told to end", async () => {
  vi.useFakeTimers();
  try {
    let end: AbortSignal | undefined;
    const findings = bounded("clock", "lake", (signal) => {
      end = signal;
      return new Promise(() => {});
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await findings).toMatchObject([{ check: "clock", subject: "lake", status: "failed" }]);
    expect(end?.aborted).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("what the credentials may not see is not checked, and says which right is missing", async () => {
  const denied = Object.assign(
    new Error("User: arn:x is not authorized to perform: iam:GetRole on resource: y"),
    {
      name: "AccessDeniedException",
    },
  );
  expect(await failing(denied)).toMatchObject([
    { status: "not-checked", message: expect.stringContaining("AccessDeniedException, iam:GetRole") },
  ]);
});

test.each([
  new Error("the token is kvt_secret"),
  Object.assign(new Error("kvt_secret"), { code: "ECONNRESET" }),
  Object.assign(new Error("kvt_secret"), { name: "kvt_secret/with signs" }),
])("any other error is a failure, in words that quote nothing: %s", async (error) => {
  const [finding] = await failing(error);
  expect(finding).toMatchObject({ status: "failed" });
  expect(JSON.stringify(finding)).not.toContain("kvt_");
});

test("a few are worked on at once, and all findings come in order", async () => {
  let atOnce = 0;
  let most = 0;
  const findings = await forEach([5, 4, 3, 2, 1, 0], async (number): Promise<Finding[]> => {
    most = Math.max(most, ++atOnce);
    for (let turn = 0; turn < number; turn++) await Promise.resolve();
    atOnce--;
    return [about("vend", `${number}`).ok("")];
  });
  expect(findings.map(({ subject }) => subject)).toEqual(["5", "4", "3", "2", "1", "0"]);
  expect(most).toBe(2);
});
