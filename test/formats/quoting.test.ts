import { execFileSync, spawnSync } from "node:child_process";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  quoteForDotenv,
  quoteForFish,
  quoteForPowerShell,
  quoteForShell,
  quoteForWindows,
} from "../../shared/formats/quoting.ts";
import { splitAsC } from "./split-as-c.ts";

const sharp = fc.constantFrom(
  ..."'\"\\`$(){}[];&|<>*?!~#%^= \n\r\t\u2018\u2019\u201a\u201b",
  ...["$(", "${HOME}", "$HOME", "';", "\\'", "'\\''", "\n#", "\\\\", "\\n", "\r\n"],
);
/** No argument of a process and no variable can hold a NUL. */
const text = fc
  .oneof(fc.string({ unit: fc.oneof(sharp, fc.string()) }), fc.string({ unit: "grapheme" }))
  .filter((each) => !each.includes("\0"));
const texts = fc.sample(text, { seed: 1, numRuns: 300 }).concat("", "'", "''", "\\", "'; exit 3; '", "a\\'b");

/** Those of these programs that this machine has. */
const installed = (programs: [command: string, ...args: string[]][]) =>
  programs.filter(([command, ...args]) => spawnSync(command, args).status === 0).map(([command]) => command);
const shells = installed(["sh", "dash", "bash", "ksh", "zsh"].map((shell) => [shell, "-c", "exit 0"]));

describe("a shell's word", () => {
  test.each(shells)("is the text for %s, which runs nothing", (shell) => {
    expect(wordsIn(shell)).toEqual(texts);
  });

  /** What a program gets as its arguments that a shell starts with these words. */
  function wordsIn(shell: string): string[] {
    const script = `printf '%s\\0' ${texts.map(quoteForShell).join(" ")}`;
    return execFileSync(shell, ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  }
});

describe("a value in a dotenv file", () => {
  const values = texts.flatMap((each) => quoteForDotenv(each) ?? []);
  const readable = texts.filter((each) => quoteForDotenv(each) !== undefined);
  const file = values.map((value, index) => `V${index}=${value}\n`).join("");
  const expected = Object.fromEntries(readable.map((value, index) => [`V${index}`, value]));

  test("is there for most texts, and for every key of AWS", () => {
    expect(readable.length).toBeGreaterThan(texts.length / 4);
    expect(quoteForDotenv("wJalr/XUtn+FEMI=")).toBe("'wJalr/XUtn+FEMI='");
  });

  test("is the text for Node", () => {
    expect(parseEnv(file)).toEqual(expected);
  });

  test("is the text for a shell that takes the file for a script", () => {
    const names = Object.keys(expected);
    const script = `${file}printf '%s\\0' ${names.map((name) => `"$${name}"`).join(" ")}`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1)).toEqual(
      readable,
    );
  });

  test.each(installed([["python3", "-c", "import dotenv"]]))(
    "is the text for python-dotenv in %s",
    (python) => {
      const script =
        "import dotenv, io, json, sys; print(json.dumps(dotenv.dotenv_values(stream=io.StringIO(sys.stdin.read()))))";
      const printed = execFileSync(python, ["-c", script], { input: file, encoding: "utf8" });
      expect(JSON.parse(printed)).toEqual(expected);
    },
  );

  test.each(["it's", "a\\", "${HOME}", "$HOME", "two\nlines", "a\rb"])("does not exist for %j", (each) => {
    expect(quoteForDotenv(each)).toBeUndefined();
  });
});

test("a string of fish escapes the two characters that mean something there", () => {
  for (const each of texts)
    expect(
      quoteForFish(each)
        .slice(1, -1)
        .replace(/\\([\\'])/g, "$1"),
    ).toBe(each);
  expect(quoteForFish("it's \\")).toBe("'it\\'s \\\\'");
});

test("a string of PowerShell is there for printable ASCII, and ends at its last quote", () => {
  for (const each of texts) {
    const quoted = quoteForPowerShell(each);
    if (!/^[ -~]+$/.test(each)) expect(quoted).toBeUndefined();
    else expect(/^'((?:[^']|'')*)'$/.exec(quoted ?? "")?.[1]?.replaceAll("''", "'")).toBe(each);
  }
});

describe("a word of a command line on Windows", () => {
  const paths = ["C:\\my files\\token", "C:\\my files\\", "\\\\server\\share\\\\", "a&b|c^d", "it's", ""];

  test.each(paths)("%j is one word again, by the rules of C, which botocore follows", (path) => {
    expect(splitAsC(`keyvend ${quoteForWindows(path)} --last`)).toEqual(["keyvend", path, "--last"]);
  });

  test("any text is one word again, or there is none for it", () => {
    const unit = fc.constantFrom(..."\\\\\\\"'% &^ab\n");
    fc.assert(
      fc.property(fc.string({ unit }), (each) => {
        const quoted = quoteForWindows(each);
        if (/["%\n]/.test(each)) expect(quoted).toBeUndefined();
        else expect(splitAsC(`${quoted}`)).toEqual([each]);
      }),
    );
  });
});
