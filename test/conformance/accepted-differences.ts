import type { BackendName } from "./backend.ts";

/**
 * Where a backend is not like AWS, and what follows. The suites ask this table and assert what the backend does instead:
 * nothing is skipped, and a difference that goes away is noticed.
 */
const acceptedDifferences = [
  {
    backend: "ceph",
    what: "policies have no escapes",
    reason:
      "RGW takes `${*}` for the text `${`, a wildcard and `}`. An escaped prefix would be refused to its own holder and " +
      "reach names that hold `${…}`; therefore such scopes are not compiled for stores that are not AWS.",
  },
  {
    backend: "ceph",
    what: "a colon in a prefix is refused",
    reason: "RGW splits ARNs with wildcards at every colon and answers 400 to AssumeRole: nothing is issued.",
  },
  {
    backend: "ceph",
    what: "tokens are not authenticated",
    reason:
      "RGW encrypts a session token (AES-CBC) but does not sign it, and drops a session policy that it cannot parse: " +
      "with one byte changed, a scoped session has all rights of its role. A session policy there keeps an honest " +
      "client in its scope; only the role's own policy, which is not in the token, holds a hostile one.",
  },
  {
    backend: "ceph",
    what: "a writer may make its objects public",
    reason:
      "RGW takes an ACL with PutObject without asking for s3:PutObjectAcl. It is the writer's own content.",
  },
  {
    backend: "ceph",
    what: "DeleteObjects is refused",
    reason:
      "RGW asks for s3:DeleteObject on the bucket itself before it looks at the keys; a scope never allows that. Delete " +
      "one by one there (Hadoop: fs.s3a.multiobjectdelete.enable=false).",
  },
] as const satisfies readonly { backend: BackendName; what: string; reason: string }[];

type Difference = (typeof acceptedDifferences)[number]["what"];

/** Whether the backend may differ from AWS in this. */
export function differs(backend: BackendName, what: Difference): boolean {
  return acceptedDifferences.some((accepted) => accepted.backend === backend && accepted.what === what);
}

/** All differences that the backend may have. */
export function acceptedOf(backend: BackendName): string[] {
  return acceptedDifferences.filter((accepted) => accepted.backend === backend).map(({ what }) => what);
}
