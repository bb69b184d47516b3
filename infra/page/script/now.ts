import type { RecentRecord } from "../../../functions/page/recent-records.ts";
import { chart, type Series } from "./chart.ts";
import { byId, drawn, element, fault } from "./elements.ts";
import { byLabel, growth, type Readings, readingsIn, total } from "./metrics.ts";
import { Failed, reach } from "./service.ts";
import { livesOf, type SessionLife, scopesIn } from "./timeline.ts";
import { timeText } from "./words.ts";

const everyMs = 2_000;
/** Five minutes. */
const mostReadings = 150;
const spanText = "5 min";

let readings: Readings[] = [];
let records: readonly RecentRecord[] = [];
let isPaused = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** "What happens now?": reads the counts every two seconds while the view is open. */
export function startNow(): void {
  if (timer !== undefined) return;
  const look = async () => {
    if (!isPaused) await readOnce();
    timer = setTimeout(look, everyMs);
  };
  timer = setTimeout(look, 0);
}

export function stopNow(): void {
  clearTimeout(timer);
  timer = undefined;
}

export function pauseNow(): void {
  isPaused = !isPaused;
  const pause = byId("pause");
  pause.textContent = isPaused ? "Go on" : "Pause";
  pause.setAttribute("aria-pressed", String(isPaused));
}

async function readOnce(): Promise<void> {
  try {
    const response = await reach("page/now");
    if (!response.ok)
      throw new Failed("The service answers, but tells nothing of what happens here: open this page anew.");
    const body = (await response.json()) as { metrics: string; records: RecentRecord[] };
    readings = [...readings, readingsIn(body.metrics, Date.now())].slice(-mostReadings);
    records = body.records;
    byId("now-said").textContent = `Read every ${everyMs / 1_000} s; the last ${spanText}.`;
    byId("charts").replaceChildren(...charts());
    offerScopes();
    showTimeline();
  } catch (error) {
    byId("charts").replaceChildren(
      fault(error instanceof Failed ? error.message : "The answer could not be read."),
    );
  }
}

function charts(): HTMLElement[] {
  const perSecond = "per s";
  const vends = rates("keyvend_vends_total", "cache");
  const refusals = rates("keyvend_denials_total", "code");
  const calls = [
    { name: "calls", values: ratesOf((at) => total(at, "keyvend_sts_calls_total")) },
    { name: "failed", values: ratesOf((at) => total(at, "keyvend_sts_failures_total")) },
  ];
  const latency = [
    { name: "call", values: meanOf("keyvend_sts_latency_seconds_total", "keyvend_sts_calls_total") },
    { name: "wait", values: meanOf("keyvend_lock_wait_time_seconds_total", "keyvend_lock_waits_total") },
  ];
  const waits = [
    { name: "waits", values: ratesOf((at) => total(at, "keyvend_lock_waits_total")) },
    { name: "taken over", values: ratesOf((at) => total(at, "keyvend_take_overs_total")) },
  ];
  const warm = [
    { name: "runs", values: counts("keyvend_warm_runs_total") },
    { name: "issued again", values: counts("keyvend_warm_issued_total") },
    { name: "left", values: counts("keyvend_warm_left_total") },
  ];
  return [
    chart("Vends by cache tier", perSecond, vends, spanText),
    chart("Calls to STS", perSecond, calls, spanText),
    chart("Mean latency of STS, and of a wait", "ms", latency, spanText),
    chart("Waits for another's issue", perSecond, waits, spanText),
    chart("Warm runs", "in all", warm, spanText),
    chart("Refusals by code", perSecond, refusals, spanText),
  ];
}

/** The newest readings stand at the right end; before the first there is nothing. */
function padded(values: (number | undefined)[]): (number | undefined)[] {
  return [...Array<undefined>(Math.max(0, mostReadings - values.length)), ...values];
}

function ratesOf(count: (at: Readings) => number): (number | undefined)[] {
  return padded(
    readings.map((after, n) => {
      const before = readings[n - 1];
      if (before === undefined) return undefined;
      return growth(count(before), count(after)) / Math.max(0.001, (after.at - before.at) / 1_000);
    }),
  );
}

/** A line for each value of a label that was ever seen, those with the most first. */
function rates(name: string, label: string): Series[] {
  const last = readings.at(-1);
  if (last === undefined) return [];
  return Array.from(byLabel(last, name, label))
    .sort(([, one], [, other]) => other - one)
    .map(([value]) => ({
      name: value,
      values: ratesOf((at) => byLabel(at, name, label).get(value) ?? 0),
    }));
}

const counts = (name: string) => padded(readings.map((at) => total(at, name)));

/** Milliseconds for each of what was counted since the last reading; where there was none, nothing. */
function meanOf(seconds: string, count: string): (number | undefined)[] {
  let last: number | undefined;
  return padded(
    readings.map((after, n) => {
      // The first value is the mean since the process began.
      const before = readings[n - 1] ?? { at: 0, series: new Map() };
      const calls = growth(total(before, count), total(after, count));
      if (calls > 0) last = (growth(total(before, seconds), total(after, seconds)) / calls) * 1_000;
      return last;
    }),
  );
}

function offerScopes(): void {
  const select = byId<HTMLSelectElement>("scope");
  const scopes = scopesIn(records);
  const shown = Array.from(select.options, ({ value }) => value);
  if (scopes.length === shown.length && scopes.every((scope) => shown.includes(scope))) return;
  const chosen = select.value;
  select.replaceChildren(...scopes.map((scope) => element("option", { value: scope }, scope)));
  if (scopes.includes(chosen)) select.value = chosen;
}

/** A bar for each session, with its uses, and where it is due. */
export function showTimeline(): void {
  const lives = livesOf(byId<HTMLSelectElement>("scope").value, records).slice(-5);
  const timeline = byId("timeline");
  if (lives.length > 0) timeline.replaceChildren(pictureOf(lives), wordsOf(lives));
  else
    timeline.replaceChildren(
      element("p", { class: "hint" }, "Nothing was vended since this process began, or the log has gone on."),
    );
}

const width = 600;
const rowHeight = 26;

function pictureOf(lives: readonly SessionLife[]): Element {
  const now = Date.now();
  const starts = lives.flatMap(({ issuedAt, uses }) => [issuedAt ?? uses[0] ?? now]);
  const from = Math.min(...starts);
  const to = Math.max(now, ...lives.map(({ expiration }) => expiration));
  const x = (at: number) => String(Math.round(((at - from) / Math.max(1, to - from)) * width));
  const rows = lives.flatMap((life, n) => {
    const y = n * rowHeight + 6;
    const line = (at: number, color: string) =>
      drawn("path", { class: `mark ${color}`, d: `M${x(at)} ${y}v14` });
    const start = life.issuedAt ?? life.uses[0] ?? now;
    const bar = {
      x: x(start),
      y: String(y + 3),
      height: "8",
      width: String(Number(x(life.expiration)) - Number(x(start))),
    };
    return [
      drawn("rect", { class: "bar", ...bar }),
      ...life.uses.map((at) => line(at, "c2")),
      ...(life.issuedAt === undefined ? [] : [line(life.issuedAt, "c0")]),
      ...(life.dueFrom === undefined ? [] : [line(life.dueFrom, "c1")]),
      line(life.expiration, "c4"),
    ];
  });
  const bottom = lives.length * rowHeight + 4;
  const label = (at: number, anchor: string) =>
    drawn(
      "text",
      { x: x(at), y: String(bottom + 12), "text-anchor": anchor },
      `${new Date(at).toISOString().slice(11, 16)} UTC`,
    );
  return element(
    "figure",
    {},
    drawn(
      "svg",
      { viewBox: `0 0 ${width} ${bottom + 16}`, "aria-hidden": "true" },
      drawn("path", { class: "axis", d: `M${x(now)} 0V${bottom}` }),
      ...rows,
      label(from, "start"),
      label(to, "end"),
    ),
    element(
      "p",
      { class: "hint" },
      "Bars are sessions. Solid marks: issued. Dotted marks: used. Dashed marks: due from then on. The last mark: ends. The line across: now.",
    ),
  );
}

function wordsOf(lives: readonly SessionLife[]): HTMLElement {
  const now = Date.now();
  const items = lives.toReversed().map((life) => {
    const { issuedAt, isRenewal, uses, dueFrom, dueUntil, servableUntil, expiration } = life;
    const parts = [
      issuedAt === undefined
        ? "issued before this process began"
        : `${isRenewal ? "renewed ahead of need" : "issued"} ${timeText(issuedAt, now)}`,
      uses.length === 0
        ? "not used"
        : `used ${uses.length} times, the last time ${timeText(uses.at(-1) ?? now, now)}`,
      ...(dueFrom === undefined || dueUntil === undefined
        ? []
        : [`due between ${timeText(dueFrom, now)} and ${timeText(dueUntil, now)}`]),
      ...(servableUntil === undefined ? [] : [`answers until ${timeText(servableUntil, now)}`]),
      `ends ${timeText(expiration, now)}`,
    ];
    return element("li", {}, `${parts.join("; ")}.`);
  });
  return element("ul", {}, ...items);
}
