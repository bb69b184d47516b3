import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a server says that it is ready.
 *
 * @param name of the server, for the error
 * @throws Error when its process has ended
 * @example await untilReady("Vault", child, "http://127.0.0.1:8200/v1/sys/health")
 */
export async function untilReady(name: string, child: ChildProcess, url: string): Promise<void> {
  const isReady = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}.`);
    await sleep(50);
  }
}
