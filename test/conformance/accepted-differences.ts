import type { BackendName } from "./backend.ts";

/** Reasons that several differences of moto share. */
const constantKey =
  "moto answers with one example key, the same for every caller: AWS's temporary keys begin with ASIA.";
const notFound =
  "AWS's Secrets Manager answers 400 for what is not there, as JSON services do; moto answers 404.";
const refusedInXml =
  "moto refuses signatures and permissions in XML whatever the service, which the SDK cannot read; AWS answers in JSON.";
const plainId = "moto's user ids are 20 letters without AWS's prefix AIDA.";
const onePage = "moto has no pages here; AWS says with each list whether it goes on.";
const unreadToken =
  "moto does not read web identity tokens: it can tell neither good from bad nor what is in them.";

/**
 * The differences of each backend from AWS, and their consequences. The suites look them up here and assert what the
 * backend does instead. So no test is skipped, and a difference that goes away is noticed.
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
    what: "no attributes",
    reason:
      "RGW 16 knows no `s3:GetObjectAttributes`, and answers 400 to a policy that names it: nothing is issued.",
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
    what: "a missing key outside of the scope is shown as missing",
    reason:
      "RGW decides between 404 and 403 by the role's right to list, not the session's. It tells that nothing is there.",
  },
  {
    backend: "ceph",
    what: "DeleteObjects is refused",
    reason:
      "RGW refuses it to sessions with a session policy, even one that allows s3:DeleteObject on everything. Delete one " +
      "by one there (Hadoop: fs.s3a.multiobjectdelete.enable=false).",
  },
  {
    backend: "ceph",
    what: "a session passes for the user that assumed its role",
    reason:
      "RGW compares a trust policy with the user behind a session, so that a session may assume every role that trusts " +
      "its user, its own one too, without its policy. A Deny for the sessions' roles in the trust policy stops it.",
  },
  { backend: "ceph", what: "no GetFederationToken", reason: "RGW does not know the action." },
  {
    backend: "minio",
    what: "no GetSessionToken",
    reason: "MinIO does not know the action: only AssumeRole and its variants for other identities.",
  },
  { backend: "minio", what: "no GetFederationToken", reason: "MinIO does not know the action." },
  {
    backend: "minio",
    what: "roles do not count",
    reason:
      "MinIO reads no RoleArn, except for web identity: a session has the rights of the user that asks, or less.",
  },
  {
    backend: "minio",
    what: "policies have no escapes",
    reason: "MinIO takes `*` and `?` in a policy for wildcards even when they are escaped.",
  },
  {
    backend: "seaweedfs",
    what: "no GetSessionToken",
    reason: "SeaweedFS does not know the action.",
  },
  {
    backend: "seaweedfs",
    what: "policies have no escapes",
    reason: "SeaweedFS takes `*` and `?` in a policy for wildcards even when they are escaped.",
  },
  {
    backend: "seaweedfs",
    what: "names are compared without case",
    reason:
      "SeaweedFS compares the resources of a policy in lower case: a scope of t1/ reaches T1/ as well, to read and to " +
      "write, though not to list. Folders there must differ by more than case.",
  },
  {
    backend: "seaweedfs",
    what: "a backslash in a key is a slash",
    reason: "unless `-s3.allowBackslashInKey` is set: a scope with one is refused to its own holder.",
  },
  {
    backend: "moto",
    what: "GetCallerIdentity: UserId is a string",
    reason: plainId,
  },
  { backend: "moto", what: "GetSessionToken: Credentials.AccessKeyId is AKIA…", reason: constantKey },
  { backend: "moto", what: "GetFederationToken: Credentials.AccessKeyId is AKIA…", reason: constantKey },
  {
    backend: "moto",
    what: "GetSessionToken for less than 900 s: an answer",
    reason: "moto does not check durations; AWS answers ValidationError.",
  },
  {
    backend: "moto",
    what: "GetFederationToken with a malformed policy: an answer",
    reason: "moto does not read session policies; AWS answers MalformedPolicyDocument.",
  },
  {
    backend: "moto",
    what: "AssumeRole without a policy: PackedPolicySize is a number",
    reason: "moto always says 6; AWS says a size only where something was packed.",
  },
  {
    backend: "moto",
    what: "AssumeRole of a role that is not there: an answer",
    reason:
      "moto issues for roles that it does not know; AWS answers AccessDenied, as for one that trusts others.",
  },
  {
    backend: "moto",
    what: "AssumeRoleWithWebIdentity: AssumedRoleUser.AssumedRoleId is a string",
    reason: "moto's role id there is an example; AWS's begin with AROA.",
  },
  { backend: "moto", what: "AssumeRoleWithWebIdentity: no Audience", reason: unreadToken },
  { backend: "moto", what: "AssumeRoleWithWebIdentity: no Provider", reason: unreadToken },
  { backend: "moto", what: "AssumeRoleWithWebIdentity: no SubjectFromWebIdentityToken", reason: unreadToken },
  {
    backend: "moto",
    what: "AssumeRoleWithWebIdentity with what is no token: an answer",
    reason: unreadToken,
  },
  {
    backend: "moto",
    what: "GetSecretValue of a secret that is not there: ResourceNotFoundException (404)",
    reason: notFound,
  },
  {
    backend: "moto",
    what: "PutSecretValue to a secret that is not there: ResourceNotFoundException (404)",
    reason: notFound,
  },
  {
    backend: "moto",
    what: "GetSecretValue of a stage that no version has: ResourceNotFoundException (404)",
    reason: notFound,
  },
  {
    backend: "moto",
    what: "GetSecretValue of an unknown version: ResourceNotFoundException (404)",
    reason: notFound,
  },
  {
    backend: "moto",
    what: "ListSecretVersionIds: ARN is a string",
    reason: "moto puts the name there; AWS's answer has the ARN.",
  },
  {
    backend: "moto",
    what: "ListSecretVersionIds: NextToken is a string",
    reason: "moto's is empty; AWS's is absent on the last page.",
  },
  {
    backend: "moto",
    what: "ListSecretVersionIds: Version.LastAccessedDate is a date",
    reason: "moto says the present; AWS leaves it out until a version was read.",
  },
  {
    backend: "moto",
    what: "ListSecretVersionIds: Version.VersionStages is ",
    reason:
      "moto lists versions without a stage as well; AWS does so only where it is asked for deprecated ones.",
  },
  {
    backend: "moto",
    what: "RotateSecret by a function that is not there: InvalidRequestException (400)",
    reason:
      "moto refuses while AWSPENDING is on the current version, where AWS takes the last rotation for done and looks for the function.",
  },
  { backend: "moto", what: "GetSecretValue without permission: SyntaxError (403)", reason: refusedInXml },
  {
    backend: "moto",
    what: "GetSecretValue with a wrong secret key: SyntaxError (403)",
    reason: refusedInXml,
  },
  { backend: "moto", what: "GetSecretValue with an unknown key: SyntaxError (403)", reason: refusedInXml },
  { backend: "moto", what: "CreateUser: User.UserId is a string", reason: plainId },
  { backend: "moto", what: "GetUser: User.UserId is a string", reason: plainId },
  { backend: "moto", what: "GetUser without a name: User.UserId is a string", reason: plainId },
  { backend: "moto", what: "ListAccessKeys: no IsTruncated", reason: onePage },
  { backend: "moto", what: "ListAccessKeys with an inactive key: no IsTruncated", reason: onePage },
  {
    backend: "moto",
    what: "PutUserPolicy of 2,049 characters: an answer",
    reason: "moto does not measure inline policies; AWS answers LimitExceeded.",
  },
  {
    backend: "moto",
    what: "CreateRole: Role.MaxSessionDuration is a number",
    reason: "moto shows the longest session at once; AWS's CreateRole does not, and GetRole does.",
  },
  {
    backend: "moto",
    what: "GetCallerIdentity with an inactive key: an answer",
    reason: "moto takes inactive keys; AWS answers InvalidClientTokenId.",
  },
  {
    backend: "moto",
    what: "DeleteUser with keys: an answer",
    reason: "moto deletes a user together with its keys; AWS answers DeleteConflict.",
  },
] as const satisfies readonly { backend: BackendName; what: string; reason: string }[];

type AcceptedDifference = (typeof acceptedDifferences)[number]["what"];

/** May the backend differ from AWS in this? */
export function differs(backend: BackendName, what: AcceptedDifference): boolean {
  return acceptedDifferences.some((accepted) => accepted.backend === backend && accepted.what === what);
}

/** All differences that the backend may have. */
export function acceptedOf(backend: BackendName): string[] {
  return acceptedDifferences.filter((accepted) => accepted.backend === backend).map(({ what }) => what);
}
