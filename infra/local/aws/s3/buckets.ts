import { AwsFault } from "../aws-fault.ts";
import type { ServiceAnswer } from "../listener.ts";
import { element, optionalElement, type XmlElement } from "../xml.ts";
import { timestamp, xmlAnswer } from "./answers.ts";
import { bucketOf, type S3Call } from "./call.ts";
import { listPage } from "./list.ts";
import * as stored from "./store.ts";

const mostKeysAtOnce = 1_000;

export function listBuckets({ store }: S3Call): ServiceAnswer {
  const buckets = [...store].map(([name, { createdAt }]) =>
    element("Bucket", element("Name", name), element("CreationDate", timestamp(createdAt))),
  );
  return xmlAnswer("ListAllMyBucketsResult", element("Buckets", buckets));
}

export function createBucket({ store, bucketName, now }: S3Call): ServiceAnswer {
  stored.createBucket(store, bucketName, now);
  return { status: 200, headers: { location: `/${bucketName}` } };
}

export function headBucket(call: S3Call): ServiceAnswer {
  bucketOf(call);
  return { status: 200, headers: call.region === undefined ? {} : { "x-amz-bucket-region": call.region } };
}

export function getBucketLocation(call: S3Call): ServiceAnswer {
  bucketOf(call);
  // By AWS's oldest rule the first region has no name here.
  return xmlAnswer("LocationConstraint", call.region === "us-east-1" ? undefined : call.region);
}

export function listObjectsV2(call: S3Call): ServiceAnswer {
  const { query } = call.request;
  if (query.get("list-type") !== "2") throw invalidArgument("list-type");
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const after = token === null ? startAfter : Buffer.from(token, "base64url").toString("utf8");
  const { page, elements, encode } = list(call, after);
  const next = page.truncated ? Buffer.from(page.last).toString("base64url") : undefined;
  return xmlAnswer(
    "ListBucketResult",
    ...elements,
    element("KeyCount", page.keys.length + page.commonPrefixes.length),
    ...optionalElement("ContinuationToken", token ?? undefined),
    ...optionalElement("NextContinuationToken", next),
    ...(startAfter === "" ? [] : [element("StartAfter", encode(startAfter))]),
  );
}

export function listObjects(call: S3Call): ServiceAnswer {
  const marker = call.request.query.get("marker") ?? "";
  const { page, elements, encode } = list(call, marker);
  const next = page.truncated ? encode(page.last) : undefined;
  return xmlAnswer(
    "ListBucketResult",
    ...elements,
    element("Marker", encode(marker)),
    ...optionalElement("NextMarker", next),
  );
}

/** The page of a listing, and the elements that both versions of the listing have. */
function list(call: S3Call, after: string) {
  const { objects } = bucketOf(call);
  const { query } = call.request;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const encoding = query.get("encoding-type") ?? undefined;
  if (encoding !== undefined && encoding !== "url") throw invalidArgument("encoding-type");
  const maxKeysText = query.get("max-keys") ?? String(mostKeysAtOnce);
  if (!/^\d{1,10}$/.test(maxKeysText)) throw invalidArgument("max-keys");
  const maxKeys = Math.min(Number(maxKeysText), mostKeysAtOnce);

  const encode = (text: string) =>
    encoding === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text;
  const page = listPage(objects.keys(), { prefix, delimiter, after, maxKeys });
  const elements: XmlElement[] = [
    element("Name", call.bucketName),
    element("Prefix", encode(prefix)),
    ...(delimiter === "" ? [] : [element("Delimiter", encode(delimiter))]),
    element("MaxKeys", maxKeys),
    ...optionalElement("EncodingType", encoding),
    element("IsTruncated", page.truncated),
    ...page.keys.flatMap((key) => {
      const object = objects.get(key);
      return object === undefined ? [] : [contents(encode(key), object)];
    }),
    ...page.commonPrefixes.map((entry) => element("CommonPrefixes", element("Prefix", encode(entry)))),
  ];
  return { page, elements, encode };
}

function contents(key: string, { lastModified, etag, body }: stored.StoredObject): XmlElement {
  return element(
    "Contents",
    element("Key", key),
    element("LastModified", timestamp(lastModified)),
    element("ETag", etag),
    element("Size", body.length),
    element("StorageClass", "STANDARD"),
  );
}

function invalidArgument(name: string): AwsFault {
  return new AwsFault(400, "InvalidArgument", `Invalid value for ${name}.`);
}
