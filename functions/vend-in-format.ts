import { type CredentialsAnswer, type CredentialsFormat, credentialsFormats } from "../shared/contract.ts";
import { VendError } from "../shared/core/errors.ts";
import type { Format, FormatOutput } from "../shared/formats/format.ts";
import { formats } from "../shared/formats/formats.ts";

/** The body and the headers of an answer. */
interface FormatAnswer {
  body: FormatOutput["body"];
  headers: { Warning?: string };
}

/**
 * Vends, and writes the answer in a format. The header `Warning` names everything that the format cannot carry. The
 * default, `container`, needs none of this: it is the answer itself.
 *
 * @throws whatever `vend` throws, except `delegation_off` if the format has an answer for it
 * @example await vendInFormat("process", () => vend(ask, caller))
 */
export async function vendInFormat(
  name: Exclude<CredentialsFormat, "container">,
  vend: () => Promise<CredentialsAnswer>,
): Promise<FormatAnswer> {
  const format: Format = formats[name];
  try {
    const credentials = await vend();
    const { body, omissions } = format.ofCredentials(credentials);
    const warnings = [...(format.warningsOf?.(credentials) ?? []), credentials.Warning ?? []].flat();
    return withWarnings(body, [...omissions.map(notCarried), ...warnings]);
  } catch (refusal) {
    const address = refusal instanceof VendError ? refusal.address : undefined;
    const output = address && format.ofAddress?.(address);
    if (output === undefined) throw refusal;
    return withWarnings(output.body, output.omissions.map(notCarried));
  }
}

/**
 * The shape of a refusal in the format that a query names, whatever else is wrong with the query.
 *
 * @returns undefined where that is the service's own shape
 * @example problemShape("format=iceberg&permission=ADMIN") // Iceberg's
 */
export function problemShape(query: string): Format["ofProblem"] {
  const named = new URLSearchParams(query).get("format");
  const name = credentialsFormats.find((each) => each === named);
  const format: Format | undefined = name && formats[name];
  return format?.ofProblem;
}

function notCarried(what: string): string {
  return `Not in this format: ${what}.`;
}

/** RFC 9111 leaves one form for a warning of one's own: the code 199, the name of the agent that warns, a quoted text. */
function withWarnings(body: FormatOutput["body"], warnings: string[]): FormatAnswer {
  const quote = (text: string) => `"${text.replace(/[^ -~]/g, "?").replace(/["\\]/g, "\\$&")}"`;
  const Warning = warnings.map((text) => `199 keyvend ${quote(text)}`).join(", ");
  return { body, headers: Warning === "" ? {} : { Warning } };
}
