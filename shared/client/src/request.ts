import { problemError } from "./check-problem.ts";
import { VendingError } from "./vending-error.ts";

const mostBodyCharacters = 65_536;

/** The headers that prove an identity, and the part of them that must not come back in an error. */
export interface IdentityProof {
  headers: Record<string, string>;
  secret: string;
}

/**
 * The proof by a token. White space around it does not count.
 *
 * @throws VendingError `invalid_token` for what `fetch` would refuse, in an error that quotes it
 */
export function bearer(token: string): IdentityProof {
  const secret = token.trim();
  if (/^[!-~]+$/.test(secret)) return { headers: { authorization: `Bearer ${secret}` }, secret };
  throw new VendingError("invalid_token", "No good token. It must be visible ASCII.");
}

/**
 * One request, and the body of its answer. It ends early without reading on: the caller aborts `signal` then.
 *
 * @throws VendingError as the service says, or `invalid_answer`; and what `fetch` throws
 */
export async function request(
  url: URL,
  { headers, secret }: IdentityProof,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  // A redirect that is followed could carry the token elsewhere.
  const response = await fetch(url, { headers, redirect: "manual", signal });
  const { status } = response;
  // Browsers hide the status of a redirect: it is 0 there.
  if (status !== 200 && status < 400)
    throw new VendingError("invalid_answer", "A redirect. Check `url`.", { status });
  const text = await readBounded(response);
  if (status === 200) return parse(text);
  // Something on the way may echo the request in its error.
  throw problemError(response, parse(text.replaceAll(secret, "<token>")));
}

/**
 * The text of a body that is not too long.
 *
 * @throws VendingError `invalid_answer`
 */
export async function readBounded({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk?.value) return text;
    text += decoder.decode(chunk.value, { stream: true });
    if (text.length > mostBodyCharacters)
      throw new VendingError("invalid_answer", "No good length. Check that `url` is a keyvend service.");
  }
}

/**
 * Empty for anything but a JSON object. The error of `JSON.parse` is not kept: it quotes its input, secrets and all.
 */
export function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
