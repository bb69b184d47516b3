import * as z from "zod/mini";
import type { CredentialsFormat, FieldFault, Permission } from "../shared/contract.ts";
import type { Ask } from "../shared/core/ask.ts";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import { VendError } from "../shared/core/errors.ts";
import { leastDurationSeconds } from "../shared/core/expiry.ts";
import type { Parsed } from "../shared/core/parsed.ts";
import { parseTarget } from "../shared/core/target.ts";
import type { HttpEvent } from "./http.ts";

/** Targets of one request; a session policy could hold no more anyway. */
export const mostTargets = 20;

/** A parameter's text, read by a rule that says what is wrong with it. */
function parameter<T>(parse: (text: string) => Parsed<T>) {
  return z.pipe(
    z.string(),
    z.transform((text: string, context) => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.issues.push({ code: "custom", message: parsed.reason, input: text });
      return z.NEVER;
    }),
  );
}

/** One of a few words. */
function oneOf<T extends string>(words: readonly T[]) {
  return parameter((text): Parsed<T> => {
    const value = words.find((word) => word === text);
    return value === undefined ? refused(`must be ${words.join(" or ")}`) : { ok: true, value };
  });
}

/** What may stand in the query: each parameter by itself, since a query is no object but a list in which names recur. */
export const parameters = {
  target: parameter(parseTarget),
  permission: oneOf<Permission>(["READ", "WRITE", "READWRITE"]),
  durationSeconds: parameter((text): Parsed<number> => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    return value >= leastDurationSeconds && value <= greatestDurationSeconds
      ? { ok: true, value }
      : refused(`must be whole seconds from ${leastDurationSeconds} to ${greatestDurationSeconds}`);
  }),
  format: oneOf<CredentialsFormat>(["container", "process", "iceberg", "fluss", "hadoop", "env"]),
};

const refused = (reason: string) => ({ ok: false, reason }) as const;

/** What a request asks for, and how the answer is to be written, which decides nothing. */
export interface Wanted {
  ask: Ask;
  format: CredentialsFormat;
}

/**
 * What a request wants.
 *
 * @throws VendError `invalid_request` that lists every field at fault.
 * @example wantedOf(event) // { ask: { storage: "lake", permission: "READ" }, format: "container" }
 */
export function wantedOf(event: HttpEvent): Wanted {
  const query = new URLSearchParams(event.rawQueryString);
  const fields: FieldFault[] = [];
  const read = <Name extends keyof typeof parameters>(name: Name, most: number) => {
    const texts = query.getAll(name);
    if (texts.length > most) {
      fields.push({ field: name, message: most === 1 ? "must be given once" : `must be at most ${most}` });
      return [];
    }
    return texts.flatMap((text): z.output<(typeof parameters)[Name]>[] => {
      const { data, error } = parameters[name].safeParse(text);
      for (const { message } of error?.issues ?? []) fields.push({ field: name, message });
      return error === undefined ? [data as z.output<(typeof parameters)[Name]>] : [];
    });
  };

  const targets = read("target", mostTargets);
  const [permission] = read("permission", 1);
  const [durationSeconds] = read("durationSeconds", 1);
  const [format = "container"] = read("format", 1);
  for (const field of new Set(query.keys())) {
    if (!Object.hasOwn(parameters, field)) fields.push({ field, message: "is not known" });
  }
  if (fields.length > 0) throw invalid(fields);
  const ask = {
    ...storageOf(event),
    ...(targets.length > 0 && { targets }),
    ...(permission && { permission }),
    ...(durationSeconds && { durationSeconds }),
  };
  return { ask, format };
}

/** The storage that the path names, whether or not there is one. */
export function storageOf({ pathParameters }: HttpEvent): Pick<Ask, "storage"> {
  return { storage: pathParameters?.["storage"] ?? "" };
}

function invalid(fields: FieldFault[]): VendError {
  const told = fields.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new VendError("invalid_request", `Invalid request: ${told}.`, { fields });
}
