import type { Environment } from "../identity-sources/environment.ts";
import { VendingError } from "../vending-error.ts";
import { type FlagName, UsageError, variableOf } from "./command-line.ts";

/** Where the value of an option stands: `--port`, or `KEYVEND_PORT` where the command line does not have it. */
export function placeOf(option: FlagName, own: readonly string[], env: Environment): string {
  const flag = `--${option}`;
  const isThere = own.some((word) => word === flag || word.startsWith(`${flag}=`));
  return isThere || !env[variableOf(option)] ? flag : variableOf(option);
}

/**
 * A mistake in the call, in the words of the command line: by the place where the user gave the value. Any other failure
 * stays the failure that it is.
 *
 * @param place where the value of an option stands
 */
export function mistakeIn(failure: unknown, place: (option: FlagName) => string): unknown {
  if (failure instanceof UsageError)
    return failure.option ? new UsageError(`${place(failure.option)} ${failure.message}`) : failure;
  if (failure instanceof VendingError) return ofLibrary(failure, place);
  const { code = "", message = "" } = Object(failure) as NodeJS.ErrnoException;
  return code.startsWith("ERR_PARSE_ARGS_") ? new UsageError(ofParser(message)) : failure;
}

/** The library calls its options by their names in a program. */
function ofLibrary(failure: VendingError, place: (option: FlagName) => string): VendingError {
  const message = failure.message.replaceAll(/`(url|storage)`/g, (_, name: FlagName) => place(name));
  return message === failure.message ? failure : new VendingError(failure.code, message, failure);
}

/** Node's own words go over lines, and give advice that does not fit here. */
function ofParser(words: string): string {
  const [option = "An option"] = /--?[\w-]+(?=[ '])/.exec(words.replace(/'-\w, /, "'")) ?? [];
  if (words.startsWith("Unknown"))
    return `There is no option ${option} here. What begins with a dash is one.`;
  if (words.includes("does not take")) return `${option} has no value.`;
  const isAmbiguous = words.includes("ambiguous");
  return `${option} needs a value.${isAmbiguous ? ` One that begins with a dash stands after =: ${option}=VALUE` : ""}`;
}
