import type { ApplicableGrant } from "./applicable-grant.ts";
import type { StsTerms } from "./ask.ts";
import { VendError } from "./errors.ts";
import { addressOf, type Storage } from "./storage.ts";
import { wayOf } from "./ways.ts";

/**
 * Refuses what a caller of STS would believe in and would not get: a session of a way that has none, and tags that are not
 * its grant's. It stands behind the search for a grant, so that names cannot be probed.
 *
 * @throws VendError `delegation_off`, or `invalid_request` for tags.
 * @example assertTerms(ask.sts, storage, grant)
 */
export function assertTerms({ tags }: StsTerms, storage: Storage, { attributes }: ApplicableGrant): void {
  const { name, issue } = storage;
  if (!wayOf(storage).isKept) {
    throw new VendError(
      "delegation_off",
      `Storage ${name} issues by ${issue}, which gives no sessions: GET /v1/storages/${name}/credentials tells what to use instead.`,
      { address: addressOf(storage) },
    );
  }
  if (tags !== undefined && textOf(tags) !== textOf(attributes.sessionTags)) {
    const message = "must be the grant's own session tags, or left out";
    throw new VendError("invalid_request", `Invalid request: tags ${message}.`, {
      fields: [{ field: "tags", message }],
    });
  }
}

/** Whatever the order in which tags are written, they are the same. */
function textOf(tags: StsTerms["tags"] = {}): string {
  return JSON.stringify(Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)));
}
