import { VendError } from "./errors.ts";
import { issueRefusal } from "./issue-refusal.ts";
import type { Principal } from "./principal.ts";
import type { Session } from "./session.ts";

/** What an operator can revoke. */
export interface RevocationTarget {
  kind: "principal" | "grant" | "storage" | "access-key";
  /** As the audit trail writes it; of an access key its id. */
  name: string;
  /** Of a principal, and of nothing else: its name is unique to its issuer. */
  issuer?: string;
}

/** A target that gets nothing from `at` on; epoch milliseconds. */
export interface Revocation extends RevocationTarget {
  at: number;
  /** Who revoked it, as that operator said itself, and why. */
  by?: string;
  note?: string;
}

/** What sessions are forgotten by; the name of `all` is empty. */
export interface FlushTarget extends Omit<RevocationTarget, "kind"> {
  kind: RevocationTarget["kind"] | "session-name" | "all";
}

/** Sessions of a target that were issued before a time, in epoch milliseconds, are handed out to nobody. */
export interface Flush extends FlushTarget {
  before: number;
}

/** What operators have revoked and flushed, all of it. */
export interface RevocationRecord {
  revoked: readonly Revocation[];
  flushed: readonly Flush[];
}

/** What a request is judged by. */
interface Revocable {
  principal: Pick<Principal, "issuer" | "subject">;
  grant: string;
  storage: { name: string };
  sessionName?: string;
}

/** Of a session: when it was issued, in epoch milliseconds, and its id. */
type Issued = Pick<Session, "issuedAt" | "accessKeyId">;

/** Judges requests by a record. */
export interface Judge {
  isRevoked(request: Revocable): boolean;
  /** Throws VendError: `revoked`; `unavailable` for a session that was flushed. */
  admit(request: Revocable, session?: Issued): void;
  /** The same for the client key of a caller: `isMeant` tells by an id whether it is that one. */
  admitKey(isMeant: (id: string) => boolean): void;
  isFlushed(request: Revocable, session: Issued): boolean;
  /** What is issued earlier is flushed as soon as it is kept; epoch milliseconds, 0 for never. */
  earliestIssue(request: Revocable): number;
}

/**
 * The judge by a record.
 *
 * @example judgeBy(record).admit({ principal, grant: "data-lake", storage })
 */
export function judgeBy({ revoked, flushed }: RevocationRecord): Judge {
  const revocationOf = (request: Revocable) => revoked.find((each) => concerns(each, request));
  const refuse = (revocation: Revocation | undefined) => {
    if (revocation) throw revokedError(revocation);
  };
  const earliestIssue = (request: Revocable) =>
    Math.max(0, ...flushed.filter((flush) => concerns(flush, request)).map(({ before }) => before));

  function isFlushed(request: Revocable, { issuedAt, accessKeyId }: Issued): boolean {
    const isItsKey = ({ kind, name }: FlushTarget) => kind === "access-key" && name === accessKeyId;
    return (
      issuedAt < earliestIssue(request) ||
      revoked.some(isItsKey) ||
      flushed.some((flush) => isItsKey(flush) && issuedAt < flush.before)
    );
  }

  return {
    isRevoked: (request) => revocationOf(request) !== undefined,
    admit(request, session) {
      refuse(revocationOf(request));
      if (session && isFlushed(request, session)) throw issueRefusal("unavailable", request.storage.name);
    },
    admitKey: (isMeant) => refuse(revoked.find(({ kind, name }) => kind === "access-key" && isMeant(name))),
    isFlushed,
    earliestIssue,
  };
}

/** Who revoked it, and why, is for the audit trail. */
function revokedError({ kind, at, note }: Revocation): VendError {
  return new VendError("revoked", `This ${kind.replace("-", " ")} was revoked by an operator.`, {
    cause: `revoked at ${new Date(at).toISOString()}${note ? `: ${note}` : ""}`,
  });
}

function concerns(
  { kind, name, issuer }: FlushTarget,
  { principal, grant, storage, sessionName }: Revocable,
): boolean {
  switch (kind) {
    case "principal":
      return principal.subject === name && principal.issuer === issuer;
    case "grant":
      return grant === name;
    case "storage":
      return storage.name === name;
    case "session-name":
      return sessionName === name;
    case "all":
      return true;
    case "access-key":
      return false;
  }
}
