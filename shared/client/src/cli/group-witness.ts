import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Environment } from "../identity-sources/environment.ts";

/**
 * Knows whether a signal was sent to the whole process group, as a terminal sends Ctrl-C, or to this process alone. Node
 * does not say where a signal comes from. That a terminal is there, and even that this group is in its foreground, says
 * nothing of `kill`.
 */
interface GroupWitness {
  /** To be asked once for each signal that this process gets, when it gets it. */
  hasGotIt(): Promise<boolean>;
  dismiss(): void;
}

/**
 * The witness is `cat`, a process of this group that ends by a signal, and otherwise repeats what it is told. So one question
 * decides, without a wait of any fixed length: a process that has got a signal repeats nothing more. Then another one takes
 * its place. What comes until that one is there, in the next milliseconds, counts as sent to the group as well.
 * Where there is no `cat`, every signal counts as sent to this process alone.
 */
export function callWitness(env: Environment): GroupWitness {
  // Windows sends Ctrl-C to all processes of a console, and knows no other signal.
  if (process.platform === "win32") return { hasGotIt: async () => true, dismiss: () => undefined };
  let cat = startCat(env);
  let isReplaced = false;
  let isDismissed = false;

  async function replace(): Promise<void> {
    isReplaced = true;
    let next = startCat(env);
    while (await next.hasEnded()) next = startCat(env);
    cat = next;
    isReplaced = false;
    if (isDismissed) cat.end();
  }

  return {
    async hasGotIt() {
      const hasEnded = await cat.hasEnded();
      if (hasEnded && !isReplaced && !isDismissed) void replace();
      return hasEnded;
    },
    dismiss() {
      isDismissed = true;
      cat.end();
    },
  };
}

/** The process. It ends with this one, whatever ends this one: its input does. */
function startCat({ PATH }: Environment) {
  // It needs nothing of the environment, and the identity is there.
  const cat = spawn("cat", { env: PATH === undefined ? {} : { PATH }, stdio: ["pipe", "pipe", "ignore"] });
  const end = new Promise<boolean>((resolve) => {
    cat.once("exit", (_, signal) => resolve(signal !== null)).once("error", () => resolve(false));
  });
  cat.stdin.on("error", () => undefined);
  let answer = Promise.resolve(false);
  return {
    /** Has a signal ended it? One question is answered after the other. */
    hasEnded(): Promise<boolean> {
      answer = answer.then((hasEnded) => {
        if (hasEnded) return true;
        const repeated = once(cat.stdout, "data").then(() => false);
        cat.stdin.write("\n");
        return Promise.race([end, repeated]);
      });
      return answer;
    },
    end: () => cat.stdin.destroy(),
  };
}
