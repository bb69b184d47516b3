/** Descriptions of members for readers of the document. A member has one description in all schemas. */
export const memberDescriptions: Readonly<Record<string, string>> = {
  addition_info: "Settings of the file system: endpoint, region under both of its names, path style.",
  Cache: "The state of the cache for the request.",
  code: "For the AWS SDKs for Go and Rust.",
  Code: "For the AWS SDK for JavaScript. In an explanation: the code of the refusal that a request for credentials would get.",
  Condition:
    "A condition of the grant: on `subject` or `claims.<name>` of the caller, on its address (`sourceIps`), on the time (`expires`), or on `target`, `permission` or `externalId` of the request.",
  Document: "The session policy, as it is sent to STS.",
  DurationCappedBy: "The limit that capped the duration. Present if less was granted than was asked for.",
  DurationSeconds: "Seconds that were granted. Credentials from the cache have less time left.",
  Endpoint: "Base URL of the S3 API, without a trailing slash.",
  Expiration: "UTC.",
  expiration_time: "Milliseconds since 1970. Absent: never.",
  fields: "Every fault of the request.",
  IssuedSeconds:
    "Seconds for which STS is asked, where a caller of STS is told `DurationSeconds` of them. Present with `policy`.",
  NearMisses: "Grants that nearly cover the request, and the conditions at which they failed.",
  PathStyleAccess: "The bucket is in the path, not in the host name.",
  prefix: "The prefix of the locations that the credentials are for.",
  Removed: "Of what `policy` allows, what the grant does not. Present with `policy`.",
  requestId: "The id by which the operator finds the request.",
  schema: "The scheme of the URIs. `schema` is Fluss's own spelling.",
  ScopeEnforcedBy:
    "The means that hold the credentials to their scope: a session policy, only the rights of the identity whose keys were used, or none.",
  SessionToken: "Absent if the storage vends long-term keys.",
  StsCall: "The call to STS that issues the credentials. Absent if there is none.",
  Targets: "The locations that the credentials reach: one or more of `s3://bucket/prefix/`.",
  Time: "The time of the service, UTC.",
  ToldExpiration: "The end that a caller of STS would be told, UTC. Present with `policy`.",
  token:
    "Base64 of the token's bytes, which are JSON as Fluss writes it. Empty if the storage vends nothing.",
  Token: "The session token. Empty if the storage vends long-term keys.",
  Vends: "False if the storage gives its address only.",
  Warning: "A change that the operator should make.",
  Way: "The way in which the storage issues credentials.",
};
