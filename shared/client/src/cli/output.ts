import { escapedJson } from "../../../formats/escaped-json.ts";
import { VendingError } from "../vending-error.ts";
import { type Arguments, type CommandIo, UsageError } from "./command-line.ts";

/** A text that is safe on a terminal: what a service sends must not move the cursor or rewrite what stands there. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");

/** A value as a line of JSON, in which every character that a terminal would obey is escaped. */
export const jsonLine = (value: unknown): string => `${escapedJson(value)}\n`;

/** Seconds in a person's words: `1 h 30 min`. */
export function durationText(seconds: number): string {
  const [h, min, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const parts = [h && `${h} h`, min && `${min} min`, s && `${s} s`].filter(Boolean);
  return parts.join(" ") || "0 s";
}

/**
 * To be called before secrets are asked for.
 *
 * @throws UsageError where a terminal would show them and `--show-secrets` is not there
 */
export function refuseSecretsOnTerminal(args: Arguments, io: CommandIo): void {
  if (io.isTerminal() && !args.has("show-secrets"))
    throw new UsageError("This writes secrets, and to a terminal only with --show-secrets. Or pipe it.");
}

/**
 * A failure in a sentence, or as JSON. It quotes only this package and the service: the message of any other error
 * could hold a secret.
 *
 * @param help the command that says more of a mistake in the call
 */
export function failureText(failure: unknown, help: string, asJson: boolean): string {
  // An identity source says more exactly what is wrong with it than the client that asked it.
  const error =
    failure instanceof VendingError && failure.cause instanceof VendingError ? failure.cause : failure;
  const { code, message, requestId, fields } = factsOf(error);
  if (asJson) return jsonLine({ code, message, requestId, fields });
  const lines = [
    `keyvend: ${message}`,
    ...fields.map(({ field, message: text }) => `  ${field}: ${text}`),
    ...(typeof requestId === "string" ? [`  request id ${requestId}`] : []),
    ...(code === "usage" ? [`Try: ${help}`] : []),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function factsOf(error: unknown): Pick<VendingError, "message" | "requestId"> & {
  code: string;
  fields: NonNullable<VendingError["fields"]>;
} {
  if (error instanceof UsageError) return { code: "usage", message: error.message, fields: [] };
  if (error instanceof VendingError) {
    const { code, message, requestId, fields } = error;
    return { code, message, ...(requestId && { requestId }), fields: Array.isArray(fields) ? fields : [] };
  }
  const { code = "no code" } = Object(error) as NodeJS.ErrnoException;
  return { code: "internal", message: `Something went wrong in keyvend itself (${code}).`, fields: [] };
}
