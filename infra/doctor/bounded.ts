import { VendingError } from "../../shared/client/src/vending-error.ts";
import { within } from "../../shared/client/src/within.ts";
import { about, type CheckName, type Finding } from "./finding.ts";

/** The time that one check of one thing may take. */
const mostSeconds = 30;

/**
 * Runs one check. Whatever ends it early is a finding: no check may take long, and none may keep another from its turn.
 *
 * @example await bounded("clock", "lake", async () => [about("clock", "lake").ok("agrees")])
 */
export async function bounded(
  check: CheckName,
  subject: string,
  run: (end: AbortSignal) => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await within(mostSeconds, undefined, run);
  } catch (error) {
    return [findingOf(about(check, subject), error)];
  }
}

function findingOf(of: ReturnType<typeof about>, error: unknown): Finding {
  if (error instanceof VendingError)
    return error.code === "timeout"
      ? of.failed(`did not end within ${mostSeconds} s`, "Find out what is slow, or run the doctor again.")
      : of.failed(error.message, "See what the message says.");
  const { isDenied, text } = awsErrorOf(error);
  return isDenied
    ? of.notChecked(`the AWS credentials may not look (${text})`, "Give them that right, or leave it.")
    : of.failed(`could not be checked (${text})`, "Run the doctor again; if it stays, look at that service.");
}

/** The codes by which AWS says that credentials lack a right. */
const denials = /^(?:AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/;

/**
 * An error in few words: its code, and the action that was not allowed. The rest of its message could quote anything.
 *
 * @example awsErrorOf(error).text // "AccessDenied, iam:GetRole"
 */
export function awsErrorOf(error: unknown): { isDenied: boolean; text: string } {
  const { name, code, message = "" } = Object(error) as { name?: string; code?: unknown; message?: string };
  const known = name === undefined || name === "Error" ? code : name;
  const [, action] = /perform: ([\w-]+:\w+)/.exec(message) ?? [];
  const text = [/^\w+$/.test(String(known)) ? String(known) : "an error", ...(action ? [action] : [])];
  return { isDenied: denials.test(name ?? ""), text: text.join(", ") };
}

/**
 * Runs work for each of a list, a few at a time, and joins the findings in the order of the list.
 *
 * @example await forEach(scopes, (scope) => examine(scope))
 */
export async function forEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<Finding[]>,
): Promise<Finding[]> {
  const results: Finding[][] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: mostAtOnce }, worker));
  return results.flat();
}

const mostAtOnce = 2;
