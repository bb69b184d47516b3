import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Working } from "./client.ts";

/**
 * Starts a program that does one operation for each line of its input and answers with one line. Words are separated by
 * tabs. The operations are `put` with key and body, `get` with a key, `list` with a prefix, and `version`. The answer is
 * `ok` with the result, or `error` with the reason. The program ends when its input ends, so also when this process dies.
 *
 * @example startLineProgram(["python3", "with_boto3.py", "lake"], environment)
 */
export function startLineProgram(
  [command, ...args]: readonly [string, ...string[]],
  env: Record<string, string>,
): Working {
  const child = spawn(command, args, { env, cwd: env["HOME"], stdio: ["pipe", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, "exit");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });

  async function ask(...parts: string[]): Promise<string[]> {
    child.stdin.write(`${parts.join("\t")}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended: ${said}`);
    const [outcome, ...answer] = value.split("\t");
    if (outcome === "ok") return answer;
    throw new Error(outcome === "error" ? answer.join(" ") : `${command} answered: ${value}`);
  }

  return {
    put: async (key, body) => void (await ask("put", key, body)),
    get: async (key) => (await ask("get", key)).join("\t"),
    list: async (prefix) => (await ask("list", prefix)).filter((key) => key !== ""),
    version: async () => (await ask("version")).join("\t"),
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
