import type { Problem } from "../contract.ts";
import type { JsonFormat } from "./format.ts";

/**
 * The answer of LoadCredentials in Iceberg's REST catalog protocol. Iceberg's Java client takes exactly one entry for
 * S3, and every value as text.
 *
 * @example iceberg.ofCredentials(answer).body // { "storage-credentials": [{ prefix: "s3://lake/t1/", config: { … } }] }
 */
export const iceberg: JsonFormat = {
  description: "LoadCredentials of Iceberg's REST catalog protocol.",
  mediaType: "application/json",
  ofCredentials(source) {
    const { Targets, Token } = source;
    const [first, ...others] = Targets;
    const wholeBucket = `s3://${source.Bucket}/`;
    return {
      body: {
        "storage-credentials": [
          {
            prefix: first === undefined || others.length > 0 ? wholeBucket : first,
            config: {
              "s3.access-key-id": source.AccessKeyId,
              "s3.secret-access-key": source.SecretAccessKey,
              ...(Token !== "" && { "s3.session-token": Token }),
              "s3.session-token-expires-at-ms": String(Date.parse(source.Expiration)),
              "s3.endpoint": source.Endpoint,
              "s3.path-style-access": String(source.PathStyleAccess),
              "client.region": source.Region,
            },
          },
        ],
      },
      omissions: [
        ...(others.length > 0
          ? [`${Targets.length} targets, for which the prefix ${wholeBucket} stands`]
          : []),
        ...(Token === ""
          ? ["a session token, without which Iceberg's Java client takes nothing from here"]
          : []),
      ],
    };
  },
  ofProblem: errorModel,
};

/** Iceberg's names for errors. A status that has none is a failure of the service. */
const errorTypes: Readonly<Record<number, string>> = {
  400: "BadRequestException",
  401: "NotAuthorizedException",
  403: "ForbiddenException",
  409: "UnsupportedOperationException",
  503: "ServiceUnavailableException",
};

/**
 * `IcebergErrorResponse` of the same protocol, which has no other members: Iceberg's Java client shows its user the
 * message alone. So the address of a storage that vends nothing stands in it.
 */
function errorModel(problem: Problem, status: number): object {
  const { code, message, requestId } = problem;
  const type = errorTypes[status] ?? "ServiceFailureException";
  const text = `${message}${addressText(problem)} (${code}, request ${requestId})`;
  return { error: { message: text, type, code: status } };
}

function addressText({ Bucket, Endpoint, Region, PathStyleAccess }: Problem): string {
  if (Bucket === undefined) return "";
  const style = PathStyleAccess ? "path-style" : "virtual-hosted";
  return ` The endpoint is ${Endpoint}, the region ${Region}, the bucket ${Bucket}, with ${style} access.`;
}
