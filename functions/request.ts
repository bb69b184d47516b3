import * as z from "zod/mini";
import type { FieldFault, Permission } from "../shared/contract.ts";
import type { Ask } from "../shared/core/authorize.ts";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import { VendError } from "../shared/core/errors.ts";
import { leastDurationSeconds } from "../shared/core/expiry.ts";
import { parseTarget } from "../shared/core/target.ts";
import type { HttpEvent } from "./http.ts";

/** Targets of one request; a session policy could hold no more anyway. */
const mostTargets = 20;
const permissions: readonly string[] = ["READ", "WRITE", "READWRITE"] satisfies Permission[];

/** A text under a rule, which says what is wrong with it. Of zod only what these need is bundled: bytes are start-up time. */
function ruled(faultOf: (text: string) => string | undefined) {
  return z
    .string("must be given once")
    .check(z.refine((text) => faultOf(text) === undefined, { error: ({ input }) => faultOf(String(input)) }));
}

const target = ruled((text) => {
  const parsed = parseTarget(text);
  return parsed.ok ? undefined : parsed.reason;
});
const permission = ruled((text) =>
  permissions.includes(text) ? undefined : `must be ${permissions.join(" or ")}`,
);
const durationSeconds = ruled((text) =>
  /^\d{1,9}$/.test(text) && Number(text) >= leastDurationSeconds && Number(text) <= greatestDurationSeconds
    ? undefined
    : `must be whole seconds from ${leastDurationSeconds} to ${greatestDurationSeconds}`,
);

/** What may stand in the query. */
const query = z.strictObject({
  target: z.optional(
    z.array(target).check(z.refine(({ length }) => length <= mostTargets, `must be at most ${mostTargets}`)),
  ),
  permission: z.optional(permission),
  durationSeconds: z.optional(durationSeconds),
});

/**
 * What a request asks for.
 *
 * @throws VendError `invalid_request` that lists every field at fault.
 * @example askOf(event) // { storage: "lake", permission: "READ" }
 */
export function askOf(event: HttpEvent): Ask {
  const checked = query.safeParse(parametersOf(event.rawQueryString));
  if (!checked.success) throw invalid(checked.error.issues.flatMap(faultsOf));
  const { data } = checked;
  const targets = data.target?.flatMap((text) => {
    const parsed = parseTarget(text);
    return parsed.ok ? [parsed.value] : [];
  });
  return {
    ...storageOf(event),
    ...(targets && { targets }),
    ...(data.permission && { permission: data.permission as Permission }),
    ...(data.durationSeconds && { durationSeconds: Number(data.durationSeconds) }),
  };
}

/** The storage that the path names, whether or not there is one. */
export function storageOf({ pathParameters }: HttpEvent): Pick<Ask, "storage"> {
  return { storage: pathParameters?.["storage"] ?? "" };
}

/** Targets are always a list; anything else that is given twice becomes one, and so is refused. */
function parametersOf(rawQueryString: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(rawQueryString);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const [only = "", ...others] = parameters.getAll(name);
      return [name, name === "target" || others.length > 0 ? [only, ...others] : only];
    }),
  );
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
