import { about, type Finding } from "../finding.ts";
import { type Attempt, attemptsInside } from "./attempts.ts";
import type { GrantedScope } from "./scopes.ts";
import type { Store } from "./store.ts";

/** Does what the permission allows. */
export async function checkInside({ title, scope }: GrantedScope, store: Store): Promise<Finding[]> {
  const of = about("inside", title);
  const findings: Finding[] = [];
  const attempts = attemptsInside(scope);
  for (const attempt of attempts) {
    const outcome = await store.try(attempt);
    if (outcome.kind === "refused")
      findings.push(
        of.failed(
          `${wordsOf(attempt)} is refused`,
          "Compare the rights of the storage's role or user, the bucket's policy and the KMS key's with npm run config:iam.",
        ),
      );
    if (outcome.kind === "trouble")
      findings.push(of.failed(`${wordsOf(attempt)} fails (${outcome.code})`, "Look at the store."));
    if (outcome.kind === "allowed" && outcome.left !== undefined)
      findings.push(
        of.failed(
          `an upload to ${outcome.left} was begun and cannot be aborted`,
          "Abort it, and allow s3:AbortMultipartUpload.",
        ),
      );
  }
  return findings.length > 0 ? findings : [of.ok(attempts.map(({ what }) => what).join(", "))];
}

/** An attempt in a reader's words. */
export function wordsOf({ what, bucket, prefix }: Attempt): string {
  const place = `s3://${bucket}/${prefix}`;
  return what === "list" ? `list ${place}` : `${what} under ${place}`;
}
