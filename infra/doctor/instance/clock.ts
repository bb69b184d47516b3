import { explain } from "../../../shared/client/src/cli/service.ts";
import { routeUrl } from "../../../shared/client/src/options.ts";
import type { StorageSummary } from "../../../shared/contract.ts";
import { about, type Finding } from "../finding.ts";
import type { Host } from "../hosts.ts";
import type { DoctorSetting } from "../setting.ts";

/**
 * By how much clocks may differ. Signatures hold for five minutes at the STS door and fifteen at S3, and tokens and sessions
 * end by the minute.
 */
const mostMs = 60_000;

/** How far a clock is ahead of this machine's, in milliseconds. */
interface Offset {
  subject: string;
  aheadMs: number;
}

/** Compares the clocks of all hosts, and that of the functions, with this machine's. */
export async function checkClocks(
  setting: DoctorSetting,
  hosts: readonly Host[],
  storages: readonly StorageSummary[],
): Promise<Finding[]> {
  const tries = await Promise.allSettled([
    ...hosts.map(({ role, url }) => offsetOf(role === "service" ? probeUrl(setting) : new URL(url))),
    ...storages.slice(0, 1).map(({ Storage }) => offsetOfFunctions(setting, Storage)),
  ]);
  const offsets = tries.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const [first, ...others] = offsets;
  if (first === undefined) return [about("clock", "all").notChecked("no host told its time")];
  const isOff = ({ aheadMs }: Offset) => Math.abs(aheadMs) > mostMs;
  // Where all agree with each other and not with this machine, its own clock is the wrong one.
  const agree = others.every(({ aheadMs }) => Math.abs(aheadMs - first.aheadMs) <= mostMs);
  if (others.length > 0 && agree && isOff(first))
    return [
      about("clock", "this machine").failed(
        `is ${behind(first.aheadMs)} all others`,
        "Set its clock, by NTP.",
      ),
    ];
  return offsets.map((offset) => {
    const of = about("clock", offset.subject);
    return isOff(offset)
      ? of.failed(`is ${behind(-offset.aheadMs)} this machine`, "Set the wrong clock of the two, by NTP.")
      : of.ok(`agrees with this machine to ${mostMs / 1_000} s`);
  });
}

const behind = (ms: number) => `${Math.round(Math.abs(ms) / 1_000)} s ${ms > 0 ? "behind" : "ahead of"}`;

/** An address that no cache answers, since the answer depends on who asks. */
function probeUrl({ service: { url } }: DoctorSetting): URL {
  return routeUrl(url, "v1/storages", {});
}

/** A refusal tells the time as well as any other answer. */
async function offsetOf(url: URL): Promise<Offset[]> {
  const { middle, value: response } = await timed(() =>
    fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5_000) }),
  );
  await response.body?.cancel();
  const time = Date.parse(response.headers.get("date") ?? "");
  return offsetsAt(url.host, time, middle);
}

/** The functions judge tokens and sessions by a clock of their own, which a front's `Date` does not show. */
async function offsetOfFunctions({ service, env }: DoctorSetting, storage: string): Promise<Offset[]> {
  const question = { ...service, storage, target: [], permission: undefined, durationSeconds: undefined };
  const { middle, value } = await timed(() => explain(question, env));
  return offsetsAt("functions", Date.parse(value.Time), middle);
}

const offsetsAt = (subject: string, time: number, middle: number): Offset[] =>
  Number.isNaN(time) ? [] : [{ subject, aheadMs: time - middle }];

async function timed<T>(run: () => Promise<T>): Promise<{ middle: number; value: T }> {
  const start = Date.now();
  const value = await run();
  return { middle: (start + Date.now()) / 2, value };
}
