import type { Grant } from "../../shared/core/grant.ts";
import { type Statement, statementsOf } from "../../shared/core/policy.ts";
import type { Storage } from "../../shared/core/storage.ts";
import { unionOf } from "./union.ts";

/**
 * Stands for whatever a template's reference becomes. No prefix of a configuration or a caller has this character, and
 * every policy may.
 */
const anyValue = "\\";

/**
 * All that the grants can have vended of a storage, as statements of IAM. A template counts as its text in front of the
 * first reference, with anything behind it; so the rights change with the grants and not with their callers.
 *
 * @param options `whole`: the storage's whole prefix instead of the grants' own, with all their operations; so the rights
 *   stay as they are when a grant with another prefix comes.
 * @throws VendError `not_scopable` where no policy can say it.
 * @example rightsOn(storage, grants)[0]?.Resource // ["arn:aws:s3:::lake/tenants/*"]
 */
export function rightsOn(
  storage: Storage,
  grants: readonly Grant[],
  { whole = false }: { whole?: boolean } = {},
): Statement[] {
  const statements = grants.flatMap(({ prefix, permission, also }) => {
    const folder = whole ? "" : prefix.replaceAll(/\$\{[^{}]+\}/g, anyValue);
    const prefixes = [storage.prefix + folder];
    return statementsOf({ bucket: storage.bucket, prefixes, permission, ...(also && { also }) }, storage);
  });
  return unionOf(statements.map(withAnyValue));
}

function withAnyValue(statement: Statement): Statement {
  const { Resource, Condition = {} } = statement;
  const { StringLike } = Condition;
  return {
    ...statement,
    Resource: Resource.map(open),
    ...(StringLike && {
      Condition: {
        ...Condition,
        StringLike: Object.fromEntries(
          Object.entries(StringLike).map(([key, values]) => [key, values.map(open)]),
        ),
      },
    }),
  };
}

function open(place: string): string {
  const [literal = "", ...rest] = place.split(anyValue);
  return rest.length > 0 ? `${literal}*` : place;
}
