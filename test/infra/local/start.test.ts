import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Ends what was started in spite of a wrong word. */
const timeout = 20_000;

function start(...words: string[]) {
  const script = join(import.meta.dirname, "../../../infra/local/start.ts");
  const env = { PATH: process.env["PATH"], KEYVEND_PORT: "47100" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
    ...{ env, timeout },
    encoding: "utf8",
  });
  return { status, out: stdout, err: stderr };
}

test.each(["--help", "-h"])(
  "%s says how to start, and nothing starts",
  (word) => {
    const { status, out, err } = start(word);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/^Usage: npm start \[-- --port PORT\]\n/);
    expect(out).not.toContain("Starting");
  },
  60_000,
);

test.each([
  [["--prot", "4200"], "--prot"],
  [["lake"], "lake"],
  [["--port"], "--port"],
  [["--port=80"], "from 1024 to 65500"],
])(
  "%j is an error, and nothing starts",
  (words, named) => {
    const { status, out, err } = start(...words);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain(named);
  },
  60_000,
);
