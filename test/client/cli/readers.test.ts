/** What is written for a reader is what that reader gets, or nothing is written. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { UsageError } from "../../../shared/client/src/cli/command-line.ts";
import { textFor } from "../../../shared/client/src/cli/readers.ts";
import { record } from "./keyvend.ts";
import {
  carried,
  environmentAfter,
  evaluating,
  fishCode,
  fishSession,
  fishVariables,
  inJob,
  readers,
  refused,
  values,
  write,
} from "./written.ts";

const folder = mkdtempSync(join(tmpdir(), "keyvend-readers-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(readers.flatMap((reader) => refused[reader].map((kind) => [reader, kind] as const)))(
  "for %s the value %s is refused, and not shown",
  (reader, kind) => {
    const variables = { AWS_REGION: "eu-central-1", AWS_SECRET_ACCESS_KEY: values[kind] };
    const message = `${reader} cannot carry this AWS_SECRET_ACCESS_KEY. Use --shell json.`;
    expect(() => write(reader, variables)).toThrow(new UsageError(message));
  },
);

const isInstalled = ([command = "", ...args]: readonly string[]) => spawnSync(command, args).status === 0;

const shells: [name: string, reader: "sh" | "fish"][] = [
  ...["sh", "dash", "bash", "ksh", "zsh"].map((shell): [string, "sh"] => [shell, "sh"]),
  ["fish", "fish"],
];

describe.each(shells)("the shell %s", (shell, reader) => {
  const command = evaluating[reader](shell);
  const skip = !isInstalled([shell, "-c", "exit 0"]);

  test.skipIf(skip)("gets each value as it is, and runs nothing", () => {
    const { text, variables } = carried(reader);
    expect(environmentAfter(command, text)).toEqual(variables);
  });

  test.skipIf(skip)("has no variable any more that must not be set, whether it was or not", () => {
    const text = write(reader, { AWS_PROFILE: null, AWS_SESSION_TOKEN: null, AWS_REGION: "eu-central-1" });
    const before = { AWS_PROFILE: "mine" };
    expect(environmentAfter(command, text, before)).toEqual({ AWS_REGION: "eu-central-1" });
  });

  test.skipIf(skip)("gets any value", () => {
    const sharp = fc.constantFrom(..."'\"\\`$(){}[];&|<>*?!~#%^= \n\r\t", "$(", "\\'", "'\\''", "\n#");
    const value = fc
      .string({ unit: fc.oneof(sharp, fc.string({ unit: "grapheme" })) })
      .filter((each) => !each.includes("\0"));
    const variables = Object.fromEntries(
      fc.sample(value, { seed: 1, numRuns: 200 }).map((each, n) => [`V_${n}`, each]),
    );
    expect(environmentAfter(command, write(reader, variables))).toEqual(variables);
  });
});

describe("in fish,", () => {
  const skip = !isInstalled(["fish", "-c", "exit 0"]);
  const session = (code: string) =>
    fishSession("fish", mkdtempSync(join(folder, "home-")), code, write("fish", fishVariables));

  test.skipIf(skip)("a universal variable, which no session can unset, stops the lines, and stays", () => {
    const before = "set -Ux AWS_PROFILE mine; set -gx AWS_REGION old";
    const { out, err } = session(
      `${before}; ${fishCode.evaluate}; ${fishCode.show}; set -qU AWS_PROFILE; and echo kept`,
    );
    expect(out).toBe("AWS_PROFILE=mine AWS_REGION=old\nkept\n");
    expect(err).toContain(
      "keyvend: AWS_PROFILE is a universal variable, and would win. Nothing is set. Run first: set -eU AWS_PROFILE",
    );
    expect(session(`${before}; set -eU AWS_PROFILE; ${fishCode.evaluate}; ${fishCode.show}`)).toEqual({
      out: "AWS_REGION=eu-central-1\n",
      err: "",
    });
  });

  test("all variables are looked at before the first line that changes one", () => {
    const [first = "", second = "", third = ""] = write("fish", { A: null, B: null, C: "c" }).split("\n");
    expect(first).toMatch(/^if set -qUx A; echo '[^']+' >&2; return 1; end$/);
    expect(second).toMatch(/^if set -qUx B; echo '[^']+' >&2; return 1; end$/);
    expect(third).toBe("while set -el A; end; set -eg A");
  });

  test.skipIf(skip)("a universal variable that programs do not get is none of theirs", () => {
    expect(session(`set -U AWS_PROFILE mine; ${fishCode.evaluate}; ${fishCode.show}`)).toEqual({
      out: "AWS_REGION=eu-central-1\n",
      err: "",
    });
  });

  test.skipIf(skip)("a variable of a function or a block wins over none of the lines", () => {
    const local = "set -fx AWS_PROFILE f; begin; set -lx AWS_PROFILE l; set -lx AWS_REGION l; begin";
    expect(
      session(
        `function f; ${local}; set -lx AWS_PROFILE m; ${fishCode.evaluate}; ${fishCode.show}; end; end; end; f $argv`,
      ),
    ).toEqual({
      out: "AWS_REGION=eu-central-1\n",
      err: "",
    });
  });
});

test("cmd reads each line to the value, by its grammar", () => {
  const { text, variables } = carried("cmd");
  expect(text.split("\r\n").slice(0, -1).map(readByCmd)).toEqual(Object.entries(variables));
  expect(write("cmd", { AWS_PROFILE: null })).toBe('@set "AWS_PROFILE="\r\n');
  expect(() => write("cmd", { AWS_SESSION_TOKEN: "A".repeat(8_000) })).toThrow("cannot carry");
});

/** In a batch file `%%` is `%`, and a single one begins a variable. `set "…"` takes all up to the last quote. */
function readByCmd(line: string): [name: string, value: string] {
  expect(line.replaceAll("%%", "")).not.toContain("%");
  const [, name = "", value = ""] = /^@set "([^=]+)=([^"]*)"$/.exec(line.replaceAll("%%", "%")) ?? [];
  return [name, value];
}

describe("PowerShell", () => {
  const { text, variables } = carried("powershell");

  test("reads each line to the value, by its grammar", () => {
    expect(text.split("\n").slice(0, -1).map(readByPowerShell)).toEqual(Object.entries(variables));
    expect(write("powershell", { AWS_PROFILE: null })).toBe("$env:AWS_PROFILE = $null\n");
  });

  test.skipIf(!isInstalled(["pwsh", "-Version"]))("itself does", () => {
    const script = `${text}Get-ChildItem env:V_* | ForEach-Object { $h = @{} } { $h[$_.Name] = $_.Value } { ConvertTo-Json $h }`;
    expect(JSON.parse(execFileSync("pwsh", ["-Command", script], { encoding: "utf8" }))).toEqual(variables);
  });

  /** Between single quotes two of them are one, and nothing else has a meaning. */
  function readByPowerShell(line: string): [name: string, value: string] {
    const [, name = "", value = ""] = /^\$env:(\w+) = '((?:[^']|'')*)'$/.exec(line) ?? [];
    return [name, value.replaceAll("''", "'")];
  }
});

describe("a dotenv file", () => {
  const { text, variables } = carried("dotenv");

  test("is the values for Node's parser, and for --env-file", () => {
    expect(parseEnv(text)).toEqual(variables);
    const file = join(folder, "node.env");
    writeFileSync(file, text);
    const code = "console.log(JSON.stringify(process.env))";
    const printed = execFileSync(process.execPath, [`--env-file=${file}`, "-e", code], {
      env: {},
      encoding: "utf8",
    });
    expect(JSON.parse(printed)).toMatchObject(variables);
  });

  test("is the values for a shell", () => {
    expect(environmentAfter(["sh", "-c", `set -a; eval "$1"; exec env -0`, "sh"], text)).toEqual(variables);
  });

  test.skipIf(!isInstalled(["python3", "-c", "import dotenv"]))("is the values for python-dotenv", () => {
    const script =
      "import dotenv, io, json, sys; print(json.dumps(dotenv.dotenv_values(stream=io.StringIO(sys.stdin.read()))))";
    expect(JSON.parse(execFileSync("python3", ["-c", script], { input: text, encoding: "utf8" }))).toEqual(
      variables,
    );
  });

  test("has no line for a variable that must not be set", () => {
    expect(write("dotenv", { AWS_SESSION_TOKEN: null, AWS_REGION: "eu-central-1" })).toBe(
      "AWS_REGION='eu-central-1'\n",
    );
  });
});

test("docker gets the values, by its grammar: all behind the sign, to the end of the line", () => {
  const { text, variables } = carried("docker");
  const lines = text.split("\n").slice(0, -1);
  expect(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])).toEqual(
    Object.entries(variables),
  );
  // A name alone would take the variable of the user that runs docker.
  expect(write("docker", { AWS_SESSION_TOKEN: null })).toBe("");
});

describe("a runner of GitHub Actions", () => {
  test("gets the values, by its grammar, and cannot be told where one ends", () => {
    const { text, variables } = carried("github");
    expect(readByRunner(text)).toEqual(variables);
    expect(readByRunner(write("github", variables))).toEqual(variables);
    const ends = [...text.matchAll(/<<(\S+)$/gm)].map(([, end]) => end);
    expect(new Set(ends).size).toBe(Object.keys(variables).length);
    expect(carried("github").text).not.toContain(ends[0]);
  });

  test("is told to hide the keys and nothing else, each whole", () => {
    const { io, text } = record(inJob);
    const keys = { AWS_ACCESS_KEY_ID: "ASIA", AWS_SECRET_ACCESS_KEY: "50%\nof it", AWS_SESSION_TOKEN: "IQo" };
    textFor("github", { AWS_REGION: "eu-central-1", ...keys }, io);
    expect(text.err).toBe("::add-mask::ASIA\n::add-mask::50%25%0Aof it\n::add-mask::IQo\n");
  });

  test("must be there: elsewhere the commands that hide the keys would show them", () => {
    const { io, text } = record();
    expect(() => textFor("github", { AWS_SECRET_ACCESS_KEY: "s" }, io)).toThrow(
      "for a step of GitHub Actions",
    );
    expect(text.err).toBe("");
  });

  /** `NAME<<END`, the value's lines, and `END`. */
  function readByRunner(text: string): Record<string, string> {
    const lines = text.split("\n").slice(0, -1);
    const result: Record<string, string> = {};
    while (lines.length > 0) {
      const [name = "", end = ""] = lines.shift()?.split("<<") ?? [];
      result[name] = lines.splice(0, lines.indexOf(end)).join("\n");
      expect(lines.shift()).toBe(end);
    }
    return result;
  }
});

test("JSON is the values, without those that must not be set", () => {
  const { text, variables } = carried("json");
  expect(JSON.parse(text)).toEqual(variables);
  expect(JSON.parse(write("json", { AWS_SESSION_TOKEN: null }))).toEqual({});
});

test.each(["dotenv", "github"] as const)(
  "%s unsets nothing, so it says what is set here and would win",
  (reader) => {
    const { io, text } = record({ ...inJob, AWS_PROFILE: "mine", AWS_ROLE_ARN: "" });
    textFor(reader, { AWS_PROFILE: null, AWS_ROLE_ARN: null, AWS_REGION: "eu-central-1" }, io);
    expect(text.err).toBe(
      `keyvend: AWS_PROFILE would win over these, and ${reader} unsets nothing. Unset it first.\n`,
    );
  },
);
