import type { CredentialsAnswer, CredentialsFormat, StorageAddress } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import { env } from "../shared/formats/env.ts";
import { fluss } from "../shared/formats/fluss.ts";
import type { Formatted } from "../shared/formats/formatted.ts";
import { hadoop } from "../shared/formats/hadoop.ts";
import { iceberg } from "../shared/formats/iceberg.ts";
import { process } from "../shared/formats/process.ts";

/** The default is none of these: it is the contract's own shape. */
type OtherFormat = Exclude<CredentialsFormat, "container">;

/** In these a storage that vends nothing (`none`) has an answer too: where it is. */
const ofAddress: { [Name in OtherFormat]?: (address: StorageAddress) => Formatted } = { fluss, hadoop, env };
const ofCredentials: Record<OtherFormat, (vended: CredentialsAnswer) => Formatted> = {
  process,
  iceberg,
  fluss,
  hadoop,
  env,
};

/** Body and headers of an answer. */
interface InFormat {
  body: Formatted["body"];
  headers: { Warning?: string };
}

/**
 * Vends, and writes the answer in a format. What the format cannot carry is in the header `Warning`.
 *
 * @throws whatever `vend` throws, but for `delegation_off` where the format has an answer to it.
 * @example await inFormat("process", () => vend(ask, caller))
 */
export async function inFormat(
  format: OtherFormat,
  vend: () => Promise<CredentialsAnswer>,
): Promise<InFormat> {
  try {
    const vended = await vend();
    const { body, untold } = ofCredentials[format](vended);
    return withWarnings(body, [...untold.map(notCarried), ...(vended.Warning ? [vended.Warning] : [])]);
  } catch (refusal) {
    const address = refusal instanceof VendError ? refusal.address : undefined;
    const formatted = address && ofAddress[format]?.(address);
    if (formatted === undefined) throw refusal;
    return withWarnings(formatted.body, formatted.untold.map(notCarried));
  }
}

const notCarried = (what: string) => `Not in this format: ${what}.`;

/** RFC 9111 has no other place for a warning of one's own than the code 199, with who warns and a quoted text. */
function withWarnings(body: Formatted["body"], warnings: string[]): InFormat {
  const quoted = (text: string) => `"${text.replace(/[^ -~]/g, "?").replace(/["\\]/g, "\\$&")}"`;
  const Warning = warnings.map((text) => `199 keyvend ${quoted(text)}`).join(", ");
  return { body, headers: Warning === "" ? {} : { Warning } };
}
