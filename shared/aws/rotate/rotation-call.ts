import { RotationFault } from "../../vending/rotate/ports.ts";

/** The limit of one call. Nobody waits for a rotation, but it has to know in time what became of a call. */
const timeoutMs = 5_000;

/**
 * Makes one call of a rotation. A failure is told by the name of the call and of the error alone: what services say in words may
 * quote a request, and what is thrown is logged.
 *
 * @throws RotationFault
 * @example await rotationCall("IAM", "ListAccessKeys", (abortSignal) => client.send(command, { abortSignal }))
 */
export async function rotationCall<T>(
  service: string,
  action: string,
  send: (signal: AbortSignal) => Promise<T>,
  allowed: { [errorName: string]: () => T } = {},
): Promise<T> {
  try {
    return await send(AbortSignal.timeout(timeoutMs));
  } catch (error) {
    const { name } = error as Error;
    const answer = allowed[name];
    if (answer !== undefined) return answer();
    throw new RotationFault(`${service} refuses or fails ${action}: ${name}.`);
  }
}
