import {
  type CredentialsFormat,
  credentialsFormats,
  type FieldFault,
  type Permission,
} from "../shared/contract.ts";
import type { Ask } from "../shared/core/ask.ts";
import { greatestDurationSeconds } from "../shared/core/duration.ts";
import { VendError } from "../shared/core/errors.ts";
import { leastDurationSeconds } from "../shared/core/expiry.ts";
import type { ParseResult } from "../shared/core/parse-result.ts";
import { parseTarget, type Target } from "../shared/core/target.ts";

/** The rule of one parameter: how often it may be given, and what each of its texts may be. */
interface QueryParameter<Value> {
  most: number;
  parse(text: string): ParseResult<Value>;
}

interface ParameterValues {
  target: Target;
  permission: Permission;
  durationSeconds: number;
  format: CredentialsFormat;
}

type QueryParameters = { readonly [Name in keyof ParameterValues]: QueryParameter<ParameterValues[Name]> };

/** Every parameter that the query of a request for credentials may have. */
export const parameters: QueryParameters = {
  // A session policy could hold no more targets anyway.
  target: { most: 20, parse: parseTarget },
  permission: { most: 1, parse: oneOf(["READ", "WRITE", "READWRITE"]) },
  durationSeconds: { most: 1, parse: parseDuration },
  format: { most: 1, parse: oneOf(credentialsFormats) },
};

function oneOf<Word extends string>(words: readonly Word[]): (text: string) => ParseResult<Word> {
  return function parseWord(text) {
    const value = words.find((word) => word === text);
    return value === undefined ? refused(`must be ${words.join(" or ")}`) : { ok: true, value };
  };
}

function parseDuration(text: string): ParseResult<number> {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value >= leastDurationSeconds && value <= greatestDurationSeconds
    ? { ok: true, value }
    : refused(`must be whole seconds from ${leastDurationSeconds} to ${greatestDurationSeconds}`);
}

function refused(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}

/** What the query asks for, and the format in which the answer is to be written. The format decides nothing else. */
interface CredentialsQuery extends Omit<Ask, "storage"> {
  format: CredentialsFormat;
}

/**
 * Reads the query of a request for credentials, as it was sent, without its question mark.
 *
 * @param faults that are found already
 * @throws VendError `invalid_request`, which lists every fault of every parameter.
 * @example readQuery("permission=READ") // { permission: "READ", format: "container" }
 */
export function readQuery(text: string, faults: FieldFault[] = []): CredentialsQuery {
  // Not an object: in a query, names recur.
  const query = new URLSearchParams(text);

  function read<Name extends keyof ParameterValues>(field: Name): ParameterValues[Name][] {
    const { most, parse } = parameters[field];
    const texts = query.getAll(field);
    if (texts.length > most) {
      faults.push({ field, message: most === 1 ? "must be given once" : `must be at most ${most}` });
      return [];
    }
    return texts.flatMap((each) => {
      const parsed = parse(each);
      if (parsed.ok) return [parsed.value];
      faults.push({ field, message: parsed.reason });
      return [];
    });
  }

  const targets = read("target");
  const [permission] = read("permission");
  const [durationSeconds] = read("durationSeconds");
  const [format = "container"] = read("format");
  for (const field of new Set(query.keys())) {
    if (!Object.hasOwn(parameters, field)) faults.push({ field, message: "is not known" });
  }
  if (faults.length > 0) throw invalidRequest(faults);
  return {
    format,
    ...(targets.length > 0 && { targets }),
    ...(permission && { permission }),
    ...(durationSeconds && { durationSeconds }),
  };
}

function invalidRequest(fields: FieldFault[]): VendError {
  const faults = fields.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new VendError("invalid_request", `Invalid request: ${faults}.`, { fields });
}
