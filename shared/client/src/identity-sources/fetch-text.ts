import { readBounded } from "../request.ts";
import { VendingError } from "../vending-error.ts";
import { within } from "../within.ts";

const timeoutSeconds = 4;

/**
 * A bounded request to a service that gives identity tokens. `service` is its name in errors. Neither the errors nor
 * their causes hold anything of the answer.
 *
 * @throws VendingError `network`, `timeout`, or `unavailable` with its status: all are worth another attempt
 */
export async function fetchText(
  service: string,
  url: URL,
  request: RequestInit,
): Promise<{ status: number; text: string }> {
  try {
    return await within(timeoutSeconds, undefined, async (signal) => {
      // A redirect that is followed could carry what is sent elsewhere.
      const response = await fetch(url, { ...request, redirect: "manual", signal });
      const { status } = response;
      if (status === 429 || status >= 500)
        throw new VendingError("unavailable", `${service} answered ${status}. Come back later.`, { status });
      return { status, text: await readBounded(response) };
    });
  } catch (reason) {
    if (reason instanceof VendingError && reason.code === "unavailable") throw reason;
    // A time-out's own words would blame the keyvend service.
    const cause = reason instanceof VendingError && reason.code === "timeout" ? undefined : reason;
    throw new VendingError("network", `No answer from ${service}. Check the network.`, { cause });
  }
}
