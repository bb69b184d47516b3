import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../../shared/contract.ts";

const mostReturns = 5;

/**
 * Asks the service and, while it answers `unavailable`, asks again at the time that it names, as its clients do. On a
 * busy machine the service may miss its own deadlines, and then it answers so. Any other answer is returned as it is,
 * and so is the last one.
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
