import type { CredentialsAnswer, Problem } from "../../contract.ts";
import { checkAnswer, type Unchecked, type Vended } from "./check-answer.ts";
import { problemError } from "./check-problem.ts";
import { VendingError } from "./vending-error.ts";

const longestBody = 65_536;

/**
 * One request, one checked answer. Ends early without reading on: the caller aborts `signal` then.
 *
 * @throws VendingError as the service says, or `invalid_answer`; and what `fetch` throws
 */
export async function request(url: URL, token: string, signal: AbortSignal): Promise<Vended> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    // Followed, it could carry the token elsewhere.
    redirect: "manual",
    signal,
  });
  const { status } = response;
  // Browsers hide the status of a redirect: it is 0 there.
  if (status !== 200 && status < 400)
    throw new VendingError("invalid_answer", "A redirect. Set `url` to where it leads.", { status });
  const text = await readBounded(response);
  if (status === 200) return checkAnswer(parse(text));
  // Something on the way may echo the request in its error.
  throw problemError(response, parse(text.replaceAll(token, "<token>")));
}

export async function readBounded({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk?.value) return text;
    text += decoder.decode(chunk.value, { stream: true });
    if (text.length > longestBody)
      throw new VendingError("invalid_answer", "Too long. Check that `url` is a keyvend service.");
  }
}

/** Empty for anything but a JSON object. The error of `JSON.parse` is not kept: it quotes its input, secrets and all. */
export function parse(text: string): Unchecked<CredentialsAnswer & Problem> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
