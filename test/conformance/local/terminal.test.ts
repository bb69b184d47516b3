/** `keyvend exec` in a real terminal. It needs Python 3 for the terminal; `exec-signals.test.ts` needs nothing. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { useBuiltCli } from "../../client/cli/built.ts";

const here = useBuiltCli();

/** The terminal's key for SIGINT. */
const ctrlC = "\u0003";

/** Runs a shell's script in a terminal. `"$@"` are the words of `keyvend exec`. */
async function inTerminal(shell: string, script: string, steps: [text: string, keys: string][]) {
  const words = [shell, "-c", script, shell, process.execPath, here.file, "exec"];
  const driver = `${import.meta.dirname}/in-terminal.py`;
  const running = promisify(execFile)("python3", [driver, JSON.stringify(steps), ...words], {
    env: here.env,
  });
  const { stdout } = await running.catch((error) => {
    throw error.code === "ENOENT" ? new Error("No python3. Run: apt-get install python3") : error;
  });
  return JSON.parse(stdout) as { output: string; status: number };
}

/** Counts SIGINT. It says the number when a second one would be there as well, and ends after three times. */
const counting = `node -e '
  let count = 0;
  let round = 0;
  process.on("SIGINT", () => {
    if (++count === round + 1) setTimeout(() => {
      console.log("round " + ++round + ": " + count);
      if (round === 3) process.exit(7);
    }, 300);
  });
  setInterval(() => {}, 1000);
  console.log("ready");'`;
const threeTimes = ["ready", "round 1", "round 2"].map((text): [string, string] => [text, ctrlC]);

describe("Ctrl-C reaches the command once", () => {
  test.each([
    ["the terminal", `"$@" -- ${counting}`],
    ["a pipe", `echo x | "$@" -- ${counting}`],
    ["nothing", `"$@" -- ${counting} </dev/null`],
  ])("with %s as input", async (_, script) => {
    const { output } = await inTerminal("bash", script, threeTimes);
    expect(output.replaceAll("^C", "")).toBe("ready\nround 1: 1\nround 2: 2\nround 3: 3\n");
  });
});

describe("SIGINT to keyvend alone reaches the command", () => {
  const asking = `node -e '
    process.on("SIGINT", () => { console.log("got it"); process.exit(7); });
    setInterval(() => {}, 1000);
    process.kill(process.ppid, "SIGINT");'`;

  test("in the foreground", async () => {
    expect((await inTerminal("bash", `"$@" -- ${asking}; echo status $?`, [])).output).toBe(
      "got it\nstatus 7\n",
    );
  });

  test("in the background", async () => {
    const script = `set -m; "$@" -- ${asking} & wait $!; echo status $?`;
    expect((await inTerminal("bash", script, [])).output).toMatch(/^got it\n[\s\S]*status 7\n$/);
  });
});

const shells = ["bash", "dash", "zsh", "fish"].map((shell) => ({
  shell,
  isHere: spawnSync(shell, ["-c", "exit"]).status === 0,
}));

describe("Ctrl-C ends the loop of", () => {
  for (const { shell, isHere } of shells)
    test.skipIf(!isHere)(shell, async () => {
      const loop =
        shell === "fish"
          ? `for i in 1 2 3; $argv[2..] -- node -e "console.log('round $i'); setTimeout(() => {}, 5000)"; end; echo after`
          : `for i in 1 2 3; do "$@" -- node -e "console.log('round $i'); setTimeout(() => {}, 5000)"; done; echo after`;
      const { output } = await inTerminal(shell, loop, [["round 1\r\n", ctrlC]]);
      expect(output).toContain("round 1\n");
      expect(output).not.toMatch(/round 2|after/);
    });
});
