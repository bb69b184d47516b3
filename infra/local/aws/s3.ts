import { authenticate, generalContext, type Realm, type Refusals } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import { decide } from "./caller.ts";
import {
  type ListenOptions,
  type LocalServer,
  listen,
  type ReceivedRequest,
  type ServiceAnswer,
} from "./listener.ts";
import {
  createBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
  listObjects,
  listObjectsV2,
} from "./s3/buckets.ts";
import type { S3Call } from "./s3/call.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from "./s3/multipart.ts";
import { copyObject, deleteObject, deleteObjects, getObject, putObject } from "./s3/objects.ts";
import { accessDenied, permissionsFor, type S3Permission } from "./s3/permissions.ts";
import { type OperationName, routeOf } from "./s3/route.ts";
import { type Store, createBucket as storeBucket } from "./s3/store.ts";
import { document, element } from "./xml.ts";

export interface S3Options extends Realm, ListenOptions {
  /** Absent: signatures for any region are accepted. */
  region?: string;
  /** Buckets that exist from the start. */
  buckets?: readonly string[];
  /** 64 MiB by default. */
  maxObjectBytes?: number;
}

/** Room for chunk signatures and trailers around the largest object. */
const framingBytes = 1_024 * 1_024;

const operations: Record<OperationName, (call: S3Call) => ServiceAnswer> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  ListObjectsV2: listObjectsV2,
  ListObjects: listObjects,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  UploadPart: uploadPart,
  CopyObject: copyObject,
  PutObject: putObject,
  ListParts: listParts,
  GetObject: getObject,
  HeadObject: getObject,
  AbortMultipartUpload: abortMultipartUpload,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
};

const refusals: Refusals = {
  unsigned: accessDenied(),
  malformed: new AwsFault(
    400,
    "AuthorizationHeaderMalformed",
    "The authorization that you provided is not valid.",
  ),
  "wrong-scope": new AwsFault(
    400,
    "AuthorizationHeaderMalformed",
    "The credential's region, service or date is wrong.",
  ),
  "headers-not-signed": new AwsFault(
    403,
    "AccessDenied",
    "There were headers present in the request which were not signed",
  ),
  skewed: new AwsFault(
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
  ),
  "link-expired": new AwsFault(403, "AccessDenied", "Request has expired"),
  "unknown-key": new AwsFault(
    403,
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
  ),
  "bad-token": new AwsFault(400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
  "expired-token": new AwsFault(400, "ExpiredToken", "The provided token has expired."),
  "wrong-signature": new AwsFault(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ),
  "payload-altered": new AwsFault(
    400,
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ),
  "payload-malformed": new AwsFault(
    400,
    "IncompleteBody",
    "The chunks of the body are not what its headers announce.",
  ),
};

/**
 * Starts S3 on loopback, in memory. It verifies signatures, opens session tokens, and enforces expiry and policies.
 * Rejects if the port is taken.
 *
 * @example const s3 = await createS3Server({ accounts, sessionTokens, buckets: ["lake"], region: "eu-central-1" })
 */
export function createS3Server(options: S3Options): Promise<LocalServer> {
  const { accounts, now = Date.now, region, maxObjectBytes = 64 * 1_024 * 1_024 } = options;
  const rules = { service: "s3", region, pathEncoding: "once" } as const;
  const store: Store = new Map();
  for (const name of options.buckets ?? []) storeBucket(store, name, now());

  function answer(request: ReceivedRequest): ServiceAnswer {
    const route = routeOf(request);
    const { caller, payload, form } = authenticate(request, options, rules, refusals);
    const time = now();
    const requestContext = {
      ...generalContext(time),
      "s3:authType": form === "header" ? "REST-HEADER" : "REST-QUERY-STRING",
      "s3:signatureversion": "AWS4-HMAC-SHA256",
    };
    const may = ({ action, on, context }: S3Permission) => {
      const resource = on === "" ? "*" : `arn:${accounts.partition}:s3:::${on}`;
      return decide(caller, `s3:${action}`, resource, { ...requestContext, ...context }) === "allowed";
    };
    if (!permissionsFor(route, request).every(may)) throw accessDenied();
    const { bucket: bucketName, key, operation } = route;
    return operations[operation]({
      store,
      bucketName,
      key,
      request,
      payload,
      maxObjectBytes,
      region,
      now: time,
      may,
    });
  }

  return listen(
    {
      name: "S3",
      maxBodyBytes: maxObjectBytes + framingBytes,
      tooLarge: new AwsFault(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
      throttled: new AwsFault(503, "SlowDown", "Please reduce your request rate."),
      actionOf: (request) => routeOf(request).operation,
      answer: async (request) => answer(request),
      refuse: ({ status, code, message }, path, requestId) => ({
        status,
        headers: { "content-type": "application/xml" },
        body: document(
          "Error",
          undefined,
          element("Code", code),
          element("Message", message),
          element("Resource", path),
          element("RequestId", requestId),
        ),
      }),
    },
    options,
  );
}
