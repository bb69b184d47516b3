import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../../shared/contract.ts";

const mostReturns = 5;

/**
 * Asks, and as long as the service is `unavailable` again when it says, as its clients do: where a busy machine stands
 * still for longer than the service's deadlines, that is its answer. Every other answer is given as it is, and so is the
 * last.
 *
 * @example const response = await comeBack(() => fetch(url, { headers }))
 */
export async function comeBack(ask: () => Promise<Response>): Promise<Response> {
  for (let returns = 0; ; returns += 1) {
    const response = await ask();
    if (returns === mostReturns || !(await isUnavailable(response))) return response;
    await sleep(Number(response.headers.get("retry-after") ?? 1) * 1_000);
  }
}

async function isUnavailable(response: Response): Promise<boolean> {
  if (response.status !== 503) return false;
  const { code } = (await response.clone().json()) as Partial<Problem>;
  return code === "unavailable";
}
