import { contains } from "../../../shared/core/prefix.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { attemptsOutside } from "./attempts.ts";
import { wordsOf } from "./inside.ts";
import type { GrantedScope } from "./scopes.ts";
import type { Outcome, Store } from "./store.ts";
import type { Vended } from "./vend.ts";

/** What a store did that it should have refused, or did not say. */
interface Escape {
  words: string;
  outcome: Outcome;
}

const mostOthers = 3;

/**
 * Tries what the scope does not allow. Reading is tried at objects that do not exist, which shows no more than a store says of
 * those; objects that are known to exist (`--outside`) show all.
 *
 * @param buckets all that are known
 */
export async function checkOutside(
  { title, scope, storage }: GrantedScope,
  { enforcedBy }: Vended,
  store: Store,
  setting: DoctorSetting,
  buckets: readonly string[],
): Promise<Finding[]> {
  const of = about("outside", title);
  const others = buckets.filter((bucket) => bucket !== scope.bucket).slice(0, mostOthers);
  const configured = setting.config?.storages.get(storage.Storage);
  const attempts = attemptsOutside(scope, others, { ignoresCase: configured?.store === "seaweedfs" });
  const objects = setting.outside.filter(
    ({ bucket, key }) => bucket !== scope.bucket || !scope.prefixes.some((prefix) => contains(prefix, key)),
  );
  const tried: Escape[] = [];
  for (const attempt of attempts) tried.push({ words: wordsOf(attempt), outcome: await store.try(attempt) });
  for (const object of objects)
    tried.push({ words: `read s3://${object.bucket}/${object.key}`, outcome: await store.read(object) });

  const ofKind = (kind: Outcome["kind"]) => tried.filter(({ outcome }) => outcome.kind === kind);
  const allowed = ofKind("allowed");
  const missing = ofKind("missing");
  const trouble = ofKind("trouble");
  if (allowed.length > 0) {
    const message = `the credentials can also ${listed(allowed)}`;
    // An operator that uses that way has acknowledged that nothing holds the credentials to a scope.
    return [
      enforcedBy === "none"
        ? of.warning(message, adviceOn(enforcedBy))
        : of.failed(message, adviceOn(enforcedBy)),
      ...leftBehind(allowed).map((left) =>
        of.failed(`an upload to ${left} was begun and cannot be aborted`, "Abort it."),
      ),
    ];
  }
  if (missing.length > 0 && configured?.store !== "ceph")
    return [
      of.warning(
        `the store tells whether objects exist to which the credentials have no right: ${listed(missing)}`,
        "Name objects that exist (--outside s3://bucket/key), to see whether they can be read.",
      ),
    ];
  if (trouble.length > 0)
    return [of.notChecked(`the store does not answer all attempts: ${listed(trouble)}`)];
  if (tried.length === 0)
    return [of.notChecked("the scope is all that is known", "Name an object outside: --outside.")];
  const known = objects.length > 0 ? ", of objects that exist too" : "";
  return [of.ok(`${tried.length} attempts at other places are refused${known}`)];
}

function listed(escapes: readonly Escape[]): string {
  return escapes
    .map(({ words, outcome }) => (outcome.kind === "trouble" ? `${words} (${outcome.code})` : words))
    .join(", ");
}

const leftBehind = (escapes: readonly Escape[]) =>
  escapes.flatMap(({ outcome }) =>
    outcome.kind === "allowed" && outcome.left !== undefined ? outcome.left : [],
  );

function adviceOn(enforcedBy: Vended["enforcedBy"]): string {
  return enforcedBy === "session-policy"
    ? "The store does not hold sessions to their policy, or the bucket's own policy lets them in. Look there first."
    : "Take from the user of this storage's key every right that the storage does not need.";
}
