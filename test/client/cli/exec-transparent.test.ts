/** What else passes through `exec` as it is built, and what does not. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { until } from "../../until.ts";
import { token } from "../fake-service.ts";
import { useBuiltCli } from "./built.ts";
import { start } from "./process.ts";

const here = useBuiltCli();

/** Runs a script that has the words of `keyvend exec` as its arguments, before a command of its own. */
async function shell(script: string, variables: Record<string, string> = {}): Promise<string> {
  const words = ["--norc", "-c", script, "bash", process.execPath, here.file, "exec"];
  const env = { ...here.env, ...variables };
  return (await promisify(execFile)("bash", words, { env, cwd: here.folder })).stdout;
}

describe("open descriptors", () => {
  test("of a file, a pipe and a far number reach the command", async () => {
    await writeFile(join(here.folder, "file"), "of a file\n");
    const read = `cat <&3; cat <&5; cat /dev/fd/20; echo written >&7`;
    expect(
      await shell(`"$@" -- sh -c '${read}' 3<file 5< <(echo of a pipe) 20< <(echo far) 7>out; cat out`),
    ).toBe("of a file\nof a pipe\nfar\nwritten\n");
  });

  test("of the null device and of both ends of a pipe do as well", async () => {
    const command = `sh -c 'cat <&3 && echo through >&6 && read line <&5 && echo "$line"'`;
    const pipe = "exec 3</dev/null 5<&0 6>/proc/self/fd/0 </dev/null";
    expect(await shell(`true | { ${pipe}; "$@" -- ${command}; }`)).toBe("through\n");
  });

  test("are for the command what they are without keyvend, and none of Node's own is among them", async () => {
    const list = `sh -c 'cd /proc/self/fd && for f in [0-9]*; do echo "$f"; done' 3</etc/hostname 4>/dev/null 6< <(true)`;
    const without = await shell(list);
    expect(without.split("\n")).toEqual(expect.arrayContaining(["3", "4", "6"]));
    expect(await shell(`"$@" -- ${list}`)).toBe(without);
  });
});

describe("the identity stays with keyvend", () => {
  test("no variable of the command proves it, by whatever name", async () => {
    await writeFile(join(here.folder, "token"), token);
    const env = {
      KEYVEND_TOKEN_FILE: join(here.folder, "token"),
      KEYVEND_AUDIENCE: "keyvend",
      keyvend_token: token,
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://pipelines.example.com",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
      VEND_ID_TOKEN: token,
      AUTHORIZATION: `Bearer ${token}`,
      OTHER: "kept",
    };
    const printed = await shell(`"$@" --permission READ --target s3://lake-bucket/tables/ -- env`, env);
    expect(printed).toContain("OTHER=kept\n");
    expect(printed).not.toContain(token);
    expect(printed).not.toMatch(/^(KEYVEND_|ACTIONS_ID_TOKEN|VEND_ID_TOKEN|AUTHORIZATION=)/im);
    expect(printed).not.toContain("of-the-job");
  });

  test.each([
    ["a file", "--token-file token"],
    ["a pipe that is read once", "--token-file <(cat token)"],
    ["the file of a pod", "--identity kubernetes --token-file token"],
  ])("where keyvend has the token from %s", async (_, words) => {
    await writeFile(join(here.folder, "token"), token);
    const env = {
      KEYVEND_TOKEN: "",
      VEND_ID_TOKEN: token,
      HDR: `Authorization: Bearer ${token}`,
      OTHER: "kept",
    };
    const printed = await shell(`"$@" ${words} -- env`, env);
    expect(printed).toContain("OTHER=kept\n");
    expect(printed).not.toContain(token);
  });

  test("where the AWS credentials that prove it have other names as well", async () => {
    const [key, session] = ["wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjEXAMPLESESSION"];
    const aws = { AWS_ACCESS_KEY_ID: "AKIAOWN", AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: session };
    const copies = { TF_VAR_secret: key, MY_SESSION: session, URL_WITH_BOTH: `s3://AKIAOWN:${key}@bucket` };
    const env = { ...aws, ...copies, KEYVEND_TOKEN: "", AWS_REGION: "eu-central-1", OTHER: "kept" };
    const printed = await shell(`"$@" --identity aws-iam -- env`, env);
    expect(printed).toContain("OTHER=kept\n");
    expect(printed).not.toContain(key);
    expect(printed).not.toContain(session);
  });

  test("so that a nested exec needs an identity of its own", async () => {
    const nested = `"$@" -- "$@" -- true 2>&1; echo $?`;
    expect(await shell(nested)).toMatch(/^keyvend: --url is missing.*\n2\n$/s);
  });

  test("and one that has it serves its command at an endpoint of its own", async () => {
    await writeFile(join(here.folder, "token"), token);
    const inner = `--url "$KEYVEND_URL" --storage lake --token-file token --permission READ -- sh -c '${show}'`;
    const [outside, inside] = (await shell(`"$@" -- sh -c '${show}'; "$@" -- "$@" ${inner}`))
      .trim()
      .split("\n");
    expect(inside).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/credentials 127\.0\.0\.1$/);
    expect(inside).not.toBe(outside);
    expect(String(here.service.requests.at(-1)?.query)).toBe("permission=READ");
  });
  const show = "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI $NO_PROXY";
});

test("a child that outlives the command goes on without the endpoint, and keyvend does not wait for it", async () => {
  const late = `
    const { writeFileSync, existsSync } = require("node:fs");
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env;
    const wait = setInterval(() => {
      if (!existsSync("${here.folder}/over")) return;
      clearInterval(wait);
      fetch(url).then(() => "answered", ({ cause }) => cause.code).then((answer) =>
        writeFileSync("${here.folder}/seen", JSON.stringify([answer, existsSync(file)])));
    }, 10);
    writeFileSync("${here.folder}/there", "");`;
  await writeFile(join(here.folder, "late.cjs"), late);
  const code = `
    const child = require("node:child_process").spawn(process.execPath, ["${here.folder}/late.cjs"], { stdio: "ignore", detached: true });
    child.unref();
    const wait = setInterval(() => { if (require("node:fs").existsSync("${here.folder}/there")) clearInterval(wait) }, 10)`;
  const { status, err } = await start(here.file, ["exec", "--", process.execPath, "-e", code], here.env)
    .result;
  expect({ status, err }).toEqual({ status: 0, err: "" });
  await writeFile(join(here.folder, "over"), "");
  await until(() => expect(existsSync(join(here.folder, "seen"))).toBe(true));
  await until(async () =>
    expect(JSON.parse(await readFile(join(here.folder, "seen"), "utf8"))).toEqual(["ECONNREFUSED", false]),
  );
});
