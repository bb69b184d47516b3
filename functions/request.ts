import * as z from "zod/mini";
import type { FieldFault } from "../shared/contract.ts";
import type { Ask } from "../shared/core/authorize.ts";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import { VendError } from "../shared/core/errors.ts";
import { leastDurationSeconds } from "../shared/core/expiry.ts";
import { parseTarget } from "../shared/core/target.ts";
import type { HttpEvent } from "./http.ts";

/** Targets of one request; a session policy could hold no more anyway. */
const mostTargets = 20;

const target = z.pipe(
  z.string(),
  z.transform((text: string, context) => {
    const parsed = parseTarget(text);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: "custom", message: parsed.reason, input: text });
    return z.NEVER;
  }),
);

const durationMessage = `must be whole seconds from ${leastDurationSeconds} to ${greatestDurationSeconds}`;
const durationSeconds = z.pipe(
  z.pipe(z.string().check(z.regex(/^\d{1,9}$/, durationMessage)), z.transform(Number)),
  z
    .number()
    .check(z.gte(leastDurationSeconds, durationMessage), z.lte(greatestDurationSeconds, durationMessage)),
);

/** What may stand in the query. Every parameter is read as a list, since any can be repeated. */
const query = z.strictObject({
  target: z.exactOptional(z.array(target).check(z.maxLength(mostTargets, `must be at most ${mostTargets}`))),
  permission: z.exactOptional(
    once(z.enum(["READ", "WRITE", "READWRITE"], "must be READ, WRITE or READWRITE")),
  ),
  durationSeconds: z.exactOptional(once(durationSeconds)),
});

function once<T extends z.ZodMiniType<unknown, string>>(value: T) {
  const single = z.array(z.string()).check(z.length(1, "must be given once"));
  return z.pipe(
    z.pipe(
      single,
      z.transform(([only]: string[]) => only ?? ""),
    ),
    value,
  );
}

/**
 * What a request asks for.
 *
 * @throws VendError `invalid_request` that lists every field at fault.
 * @example askOf(event) // { storage: "lake", permission: "READ" }
 */
export function askOf({ pathParameters, rawQueryString }: HttpEvent): Ask {
  const checked = query.safeParse(parametersOf(rawQueryString));
  if (!checked.success) throw invalid(checked.error.issues.flatMap(faultsOf));
  const { target: targets, ...rest } = checked.data;
  return { storage: pathParameters?.["storage"] ?? "", ...rest, ...(targets && { targets }) };
}

function parametersOf(rawQueryString: string): Record<string, string[]> {
  const parameters = new URLSearchParams(rawQueryString);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

function faultsOf(issue: {
  path: PropertyKey[];
  message: string;
  code: string;
  keys?: string[];
}): FieldFault[] {
  if (issue.keys !== undefined) return issue.keys.map((field) => ({ field, message: "is not known" }));
  return [{ field: String(issue.path[0] ?? "query"), message: issue.message }];
}

function invalid(fields: FieldFault[]): VendError {
  const told = fields.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new VendError("invalid_request", `Invalid request: ${told}.`, { fields });
}
