import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Bundles, Handlers } from "./bundles.ts";
import { exactly, type Measure, type Row, ratiosOf, spreadOf } from "./measure.ts";
import type { StartAccount } from "./start-once.ts";
import type { World } from "./world.ts";

type Name = keyof Handlers;

interface Start extends StartAccount {
  /** From the parent's side: until the process has ended. */
  wholeMs: number;
}

/** The time slices of a function of 256 MB: Lambda gives a whole processor at 1,769. */
const periodMs = 100;
const sliceMs = (periodMs * 256) / 1_769;
const throttledRounds = 7;

/** B1 to B5: how handlers start. Every process is a new one, and all is by TLS. */
export async function measureStarts(world: World, bundles: Bundles, rounds: number): Promise<Row[]> {
  const eventFile = join(world.folder, "event.json");
  await writeFile(eventFile, JSON.stringify(world.event("start")));
  const env = { ...process.env, ...world.environment("tls") };
  const args = (name: Name) => [bundles.startOnce, bundles.handlers[name], eventFile];

  function start(name: Name): Start {
    const begun = performance.now();
    const { status, output, stderr } = spawnSync(process.execPath, args(name), {
      env,
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${name} did not start: ${stderr}`);
    return { ...JSON.parse(output[3] ?? ""), wholeMs: performance.now() - begun };
  }

  function startNothing(): number {
    const begun = performance.now();
    spawnSync(process.execPath, ["-e", "0"], { env, stdio: "ignore" });
    return performance.now() - begun;
  }

  /** The first call alone gets slices of a processor: Lambda gives all of one while a function starts. */
  async function throttledFirstCall(name: Name): Promise<number> {
    const child = spawn(process.execPath, [...args(name), "wait"], {
      env,
      stdio: ["pipe", "ignore", "inherit", "pipe"],
    });
    const reports = child.stdio[3] as Readable;
    await once(reports, "readable");
    reports.read(1);
    let turn: NodeJS.Timeout | undefined;
    const run = () => {
      child.kill("SIGCONT");
      turn = setTimeout(rest, sliceMs);
    };
    const rest = () => {
      child.kill("SIGSTOP");
      turn = setTimeout(run, periodMs - sliceMs);
    };
    const account = text(reports);
    (child.stdin as Writable).write("\n");
    run();
    const { firstCall }: StartAccount = JSON.parse(await account);
    clearTimeout(turn);
    child.kill("SIGCONT");
    return firstCall.ms;
  }

  // The first answer of each puts its session and the issuer's keys into the table; the second marks it as used.
  const compared: Name[] = ["keyvend", "unprimed", "sdk", "conventional", "floor", "builtins"];
  for (const name of [...compared, ...compared]) start(name);
  const starts = Object.fromEntries(compared.map((name) => [name, [] as Start[]])) as Record<Name, Start[]>;
  const nothing: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const name of compared) starts[name].push(start(name));
    nothing.push(startNothing());
  }
  const throttled: Record<"keyvend" | "unprimed", number[]> = { keyvend: [], unprimed: [] };
  for (let round = 0; round < Math.min(rounds, throttledRounds); round++)
    for (const name of ["keyvend", "unprimed"] as const) throttled[name].push(await throttledFirstCall(name));

  const timesOf = (name: Name, time: (start: Start) => number) => starts[name].map(time);
  const imported = ({ import: { ms } }: Start) => ms;
  const answered = ({ import: { ms }, firstCall }: Start) => ms + firstCall.ms;
  /** Against another, beside what no handler can do without. */
  function against(
    name: Name,
    says: string,
    ours: Name,
    time: (start: Start) => number,
    goal?: { atMost: number; floor: Name },
  ): Measure {
    const theirs = timesOf(name, time);
    return {
      says: `${says}, against ${name}`,
      spread: ratiosOf(timesOf(ours, time), theirs),
      unit: "",
      ...(goal && { goal: { atMost: goal.atMost }, floor: ratiosOf(timesOf(goal.floor, time), theirs) }),
    };
  }
  const inMs = (says: string, name: Name, time: (start: Start) => number): Measure => ({
    says: `${says}, ${name}`,
    spread: spreadOf(timesOf(name, time)),
    unit: "ms",
  });
  const everyone: Name[] = ["keyvend", "sdk", "conventional", "floor"];

  return [
    {
      id: "B1",
      what: "the code of a hit",
      measures: [
        { says: "minified", spread: exactly(bytesOfHit(bundles)), unit: "bytes", goal: { atMost: 60_000 } },
      ],
    },
    {
      id: "B2",
      what: "import",
      measures: [
        against("conventional", "code alone", "unprimed", imported, { atMost: 0.15, floor: "builtins" }),
        against("sdk", "code alone", "unprimed", imported, { atMost: 0.28, floor: "builtins" }),
        // The same goals: the prototypes' figures were those of both.
        against("conventional", "with priming", "keyvend", imported, { atMost: 0.15, floor: "floor" }),
        against("sdk", "with priming", "keyvend", imported, { atMost: 0.28, floor: "floor" }),
        inMs("code alone", "unprimed", imported),
        inMs("node:https and node:crypto alone", "builtins", imported),
        ...everyone.map((name) => inMs("import", name, imported)),
      ],
    },
    {
      id: "B3",
      what: "cold start to a table hit over TLS",
      measures: [
        against("conventional", "import and first answer", "keyvend", answered, {
          atMost: 0.28,
          floor: "floor",
        }),
        against("sdk", "import and first answer", "keyvend", answered, { atMost: 0.4, floor: "floor" }),
        ...everyone.map((name) => inMs("import and first answer", name, answered)),
      ],
    },
    {
      id: "B4",
      what: "the same as a whole process",
      measures: [
        {
          says: "against node -e 0",
          spread: ratiosOf(
            timesOf("keyvend", ({ wholeMs }) => wholeMs),
            nothing,
          ),
          unit: "",
          goal: { atMost: 2 },
          floor: ratiosOf(
            timesOf("floor", ({ wholeMs }) => wholeMs),
            nothing,
          ),
        },
        ...everyone.map((name) => inMs("whole process", name, ({ wholeMs }) => wholeMs)),
        { says: "node -e 0", spread: spreadOf(nothing), unit: "ms" },
        { says: "memory, keyvend", spread: spreadOf(timesOf("keyvend", ({ rssMB }) => rssMB)), unit: "MB" },
      ],
    },
    {
      id: "B5",
      what: "first answer at the processor share of 256 MB",
      measures: [
        {
          says: "primed against unprimed",
          spread: ratiosOf(throttled.keyvend, throttled.unprimed),
          unit: "",
          goal: { atMost: 0.06 },
        },
        { says: "primed", spread: spreadOf(throttled.keyvend), unit: "ms" },
        { says: "unprimed", spread: spreadOf(throttled.unprimed), unit: "ms" },
      ],
    },
  ];
}

/** The entry, and what it imports statically. */
function bytesOfHit({ metafile: { outputs } }: Bundles): number {
  const files = new Set(Object.keys(outputs).filter((file) => file.endsWith("/vend.mjs")));
  for (const file of files)
    for (const { path, kind, external } of outputs[file]?.imports ?? [])
      if (kind === "import-statement" && !external) files.add(path);
  return Array.from(files, (file) => outputs[file]?.bytes ?? 0).reduce((sum, bytes) => sum + bytes, 0);
}
