import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Working } from "./client.ts";
import { startProgram } from "./start-program.ts";

/** A program that answers each line of its input with one line. Words are separated by tabs. */
export interface Lines {
  /** The answer to an operation. Throws the reason that the program gives. */
  ask(operation: string, ...words: string[]): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Starts a program that does one operation for each line of its input. The answer is `ok` with the result, or `error` with
 * the reason. The program ends when its input ends, so also when this process dies.
 */
export function startLines(command: readonly [string, ...string[]], env: Record<string, string>): Lines {
  const child = startProgram(command, env);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, "exit");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  // A program that has ended takes no line; what it said is told where its answer is missing.
  child.stdin.on("error", () => undefined);
  return {
    async ask(...words) {
      child.stdin.write(`${words.join("\t")}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command[0]} ended: ${said}`);
      const [outcome, ...answer] = value.split("\t");
      if (outcome === "ok") return answer;
      throw new Error(outcome === "error" ? answer.join(" ") : `${command[0]} answered: ${value}`);
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

/**
 * A client that is such a program. Its operations are `put` with key and body, `get` with a key, `list` with a prefix, and
 * `version`.
 *
 * @example lineProgram(startLines(["python3", "with_boto3.py", "lake"], environment))
 */
export function lineProgram({ ask, close }: Lines): Working {
  return {
    put: async (key, body) => void (await ask("put", key, body)),
    get: async (key) => (await ask("get", key)).join("\t"),
    list: async (prefix) => (await ask("list", prefix)).filter((key) => key !== ""),
    version: async () => (await ask("version")).join("\t"),
    close,
  };
}

/** @example startLineProgram(["python3", "with_boto3.py", "lake"], environment) */
export function startLineProgram(
  command: readonly [string, ...string[]],
  env: Record<string, string>,
): Working {
  return lineProgram(startLines(command, env));
}
