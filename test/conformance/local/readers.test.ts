/** What `keyvend env` and `keyvend config` write, read by the readers that `npm test` cannot expect on a machine. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandLine } from "../../../shared/client/src/cli/clients/without-credentials.ts";
import {
  carried,
  environmentAfter,
  evaluating,
  fishCode,
  fishSession,
  fishVariables,
  write,
} from "../../client/cli/written.ts";
import { debianCommand } from "../clients/debian.ts";
import { pythonEnvironment } from "../clients/python/python.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-readers-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["zsh", "sh"],
  ["fish", "fish"],
] as const)(
  "%s gets each value as it is, and has no variable that must not be set",
  async (shell, reader) => {
    const command = evaluating[reader](await debianCommand(shell, shell));
    const { text, variables } = carried(reader);
    expect(environmentAfter(command, text)).toEqual(variables);
    const unsetting = write(reader, {
      AWS_PROFILE: null,
      AWS_SESSION_TOKEN: null,
      AWS_REGION: "eu-central-1",
    });
    expect(environmentAfter(command, unsetting, { AWS_PROFILE: "mine" })).toEqual({
      AWS_REGION: "eu-central-1",
    });
  },
);

test("fish sets nothing where a universal variable would win, and keeps it", async () => {
  const fish = await debianCommand("fish", "fish");
  const code = `set -Ux AWS_PROFILE mine; ${fishCode.evaluate}; ${fishCode.show}`;
  const { out, err } = fishSession(fish, folder, code, write("fish", fishVariables));
  expect(out).toBe("AWS_PROFILE=mine\n");
  expect(err).toContain("AWS_PROFILE is a universal variable");
});

describe("Python", () => {
  let python: string;
  beforeAll(async () => {
    const bin = await pythonEnvironment("readers", join(import.meta.dirname, "requirements.txt"));
    python = join(bin, "python");
  });
  const run = (code: string, input: string) =>
    JSON.parse(execFileSync(python, ["-c", `import json, sys\n${code}`], { input, encoding: "utf8" }));

  test("its dotenv gets each value as it is", () => {
    const { text, variables } = carried("dotenv");
    const code =
      "import dotenv, io; print(json.dumps(dotenv.dotenv_values(stream=io.StringIO(sys.stdin.read()))))";
    expect(run(code, text)).toEqual(variables);
  });

  test.each(["linux", "win32"] as const)(
    "botocore splits a credential_process on %s into the same words",
    (platform) => {
      const words = [
        "C:\\Program Files\\it's\\keyvend.cmd",
        "credential-process",
        "--token-file",
        "C:\\my files\\",
        "--target",
        "s3://b/it's & ^more\\x/",
      ];
      const code = `from botocore.compat import compat_shell_split
print(json.dumps(compat_shell_split(sys.stdin.read(), "${platform}")))`;
      expect(run(code, commandLine(words, platform))).toEqual(words);
    },
  );

  test("botocore reads the profile to the same line", async () => {
    const file = join(folder, "config");
    const line = commandLine(
      ["/it's mine/keyvend", "credential-process", "--target", "s3://b/it's/100%/"],
      "linux",
    );
    await writeFile(file, `[profile lake]\ncredential_process = ${line}\n`);
    const code = `from botocore.configloader import load_config
print(json.dumps(load_config(sys.stdin.read())["profiles"]["lake"]["credential_process"]))`;
    expect(run(code, file)).toBe(line);
  });
});
