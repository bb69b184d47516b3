import type { CredentialsAnswer, CredentialsFormat, StorageAddress } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import { env } from "../shared/formats/env.ts";
import { fluss } from "../shared/formats/fluss.ts";
import type { Formatted } from "../shared/formats/formatted.ts";
import { hadoop } from "../shared/formats/hadoop.ts";
import { iceberg } from "../shared/formats/iceberg.ts";
import { process } from "../shared/formats/process.ts";

/** Every format but the default, which is the contract's own shape. */
type OtherFormat = Exclude<CredentialsFormat, "container">;

const ofCredentials: Record<OtherFormat, (answer: CredentialsAnswer) => Formatted> = {
  process,
  iceberg,
  fluss,
  hadoop,
  env,
};
/** The formats that have an answer for a storage that vends nothing (`none`), too: its address. */
const ofAddress: { [Name in OtherFormat]?: (address: StorageAddress) => Formatted } = { fluss, hadoop, env };

/** The body and the headers of an answer. */
interface FormattedAnswer {
  body: Formatted["body"];
  headers: { Warning?: string };
}

/**
 * Vends, and writes the answer in a format. The header `Warning` names everything that the format cannot carry.
 *
 * @throws whatever `vend` throws, except `delegation_off` if the format has an answer for it
 * @example await vendInFormat("process", () => vend(ask, caller))
 */
export async function vendInFormat(
  format: OtherFormat,
  vend: () => Promise<CredentialsAnswer>,
): Promise<FormattedAnswer> {
  try {
    const credentials = await vend();
    const { body, untold } = ofCredentials[format](credentials);
    const warnings = credentials.Warning === undefined ? [] : [credentials.Warning];
    return withWarnings(body, [...untold.map(notCarried), ...warnings]);
  } catch (refusal) {
    const address = refusal instanceof VendError ? refusal.address : undefined;
    const formatted = address && ofAddress[format]?.(address);
    if (formatted === undefined) throw refusal;
    return withWarnings(formatted.body, formatted.untold.map(notCarried));
  }
}

function notCarried(what: string): string {
  return `Not in this format: ${what}.`;
}

/** RFC 9111 leaves one form for a warning of one's own: the code 199, the name of the agent that warns, a quoted text. */
function withWarnings(body: Formatted["body"], warnings: string[]): FormattedAnswer {
  const quote = (text: string) => `"${text.replace(/[^ -~]/g, "?").replace(/["\\]/g, "\\$&")}"`;
  const Warning = warnings.map((text) => `199 keyvend ${quote(text)}`).join(", ");
  return { body, headers: Warning === "" ? {} : { Warning } };
}
