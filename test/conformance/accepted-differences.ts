import type { BackendName } from "./backend.ts";

/**
 * Where a backend is not like AWS, and why that is no fault of ours. The suites ask this table, and then assert what the
 * backend does instead: nothing is skipped, and a difference that goes away is noticed.
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
] as const satisfies readonly { backend: BackendName; what: string; reason: string }[];

type Difference = (typeof acceptedDifferences)[number]["what"];

/** Whether the backend may differ from AWS in this. */
export function differs(backend: BackendName, what: Difference): boolean {
  return acceptedDifferences.some((accepted) => accepted.backend === backend && accepted.what === what);
}
