import type { CredentialsAnswer, CredentialsFormat } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import type { Format, FormatOutput } from "../shared/formats/format.ts";
import { formats } from "../shared/formats/formats.ts";

/** Body and headers of an answer. */
interface FormatAnswer {
  body: FormatOutput["body"];
  headers: { Warning?: string };
}

/**
 * Vends, and writes the answer in a format. What the format cannot carry is in the header `Warning`. The default,
 * `container`, needs none of this: it is the answer itself.
 *
 * @throws what `vend` throws, except `delegation_off` where the format has an answer to it.
 * @example await inFormat("process", () => vend(ask, caller))
 */
export async function inFormat(
  name: Exclude<CredentialsFormat, "container">,
  vend: () => Promise<CredentialsAnswer>,
): Promise<FormatAnswer> {
  const format: Format = formats[name];
  try {
    const answer = await vend();
    const { body, omissions } = format.ofCredentials(answer);
    return withWarnings(body, [...omissions.map(notCarried), ...(answer.Warning ? [answer.Warning] : [])]);
  } catch (refusal) {
    const address = refusal instanceof VendError ? refusal.address : undefined;
    const output = address && format.ofAddress?.(address);
    if (output === undefined) throw refusal;
    return withWarnings(output.body, output.omissions.map(notCarried));
  }
}

const notCarried = (what: string) => `Not in this format: ${what}.`;

/** RFC 9111 leaves 199 for warnings of one's own, with a name for the sender and a quoted text. */
function withWarnings(body: FormatOutput["body"], warnings: string[]): FormatAnswer {
  const quoted = (text: string) => `"${text.replace(/[^ -~]/g, "?").replace(/["\\]/g, "\\$&")}"`;
  const Warning = warnings.map((text) => `199 keyvend ${quoted(text)}`).join(", ");
  return { body, headers: Warning === "" ? {} : { Warning } };
}
