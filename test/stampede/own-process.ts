import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** The operations of a process, by name. */
type Operations = Record<string, (...input: never[]) => unknown>;

/** A process of the stampede, as the coordinator sees it. */
export interface OwnProcess<Does extends Operations> {
  /** Rejects with what the operation threw, or when the process ends before it has answered. */
  ask<Name extends keyof Does & string>(
    name: Name,
    ...input: Parameters<Does[Name]>
  ): Promise<Awaited<ReturnType<Does[Name]>>>;
  /** SIGKILL: no handler runs and nothing is cleaned up, as when Lambda takes an instance away. */
  kill(): Promise<void>;
}

interface Question {
  id: number;
  name: string;
  input: unknown[];
}

type Reply = { id: number } & ({ result: unknown } | { fault: string });

/** Starts processes from files, given by their paths from this folder, and ends all of them. */
interface Processes {
  start<Does extends Operations>(
    file: string,
    environment?: Record<string, string>,
    execArgv?: readonly string[],
  ): OwnProcess<Does>;
  endAll(): Promise<void>;
}

export function createProcesses(): Processes {
  const running = new Set<ChildProcess>();
  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return {
    // Every instance is young: without this option all of its code would be interpreted.
    start(file, environment = {}, execArgv = ["--always-sparkplug"]) {
      const child = fork(resolve(import.meta.dirname, file), {
        env: { ...process.env, ...environment },
        // The lines that the functions log are counted where they are written.
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        serialization: "advanced",
        execArgv: [...execArgv],
      });
      running.add(child);
      child.once("exit", () => running.delete(child));
      return { ask: asking(child, file), kill: () => end(child) };
    },
    endAll: async () => void (await Promise.all([...running].map(end))),
  };
}

function asking<Does extends Operations>(child: ChildProcess, file: string): OwnProcess<Does>["ask"] {
  let questions = 0;
  const waiting = new Map<number, { resolve(result: never): void; reject(fault: Error): void }>();
  child.on("message", (reply: Reply) => {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("fault" in reply) asker?.reject(new Error(`${file}: ${reply.fault}`));
    else asker?.resolve(reply.result as never);
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} has ended.`));
    waiting.clear();
  });
  return (name, ...input) =>
    new Promise((resolve, reject) => {
      questions += 1;
      waiting.set(questions, { resolve, reject });
      const question: Question = { id: questions, name, input };
      child.send(question, (fault) => fault && reject(fault));
    });
}

/** Runs in a process of its own: does what the coordinator asks, and ends with it. */
export function answerCoordinator(operations: Operations): void {
  process.on("message", async ({ id, name, input }: Question) => {
    const reply = await Promise.resolve(operations[name]?.(...(input as never[]))).then(
      (result) => ({ id, result }),
      (error) => ({ id, fault: String(error.stack) }),
    );
    process.send?.(reply);
  });
  process.on("disconnect", () => process.exit());
  // Ctrl-C reaches the whole group, and the coordinator ends its processes itself.
  process.on("SIGINT", () => {});
}
