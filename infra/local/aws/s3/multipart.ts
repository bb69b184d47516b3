import { createHash, randomUUID } from "node:crypto";
import { AwsFault } from "../aws-fault.ts";
import type { ServiceAnswer } from "../listener.ts";
import { contentsOf, element, optionalElement, textOf } from "../xml.ts";
import { timestamp, xmlAnswer } from "./answers.ts";
import { bucketOf, type S3Call } from "./call.ts";
import { verifiedChecksums } from "./checksums.ts";
import { etagOf, malformedXml, objectHeaders, requireSize } from "./objects.ts";
import { requireWritable } from "./preconditions.ts";
import type { ObjectPart, Upload } from "./store.ts";

const minPartBytes = 5 * 1_024 * 1_024;
const mostParts = 10_000;
const mostListedParts = 1_000;
const mostListedUploads = 1_000;

export function createMultipartUpload(call: S3Call): ServiceAnswer {
  const { bucketName, key, request, now } = call;
  const uploadId = randomUUID();
  const upload: Upload = { key, startedAt: now, headers: objectHeaders(request), parts: new Map() };
  bucketOf(call).uploads.set(uploadId, upload);
  return xmlAnswer(
    "InitiateMultipartUploadResult",
    element("Bucket", bucketName),
    element("Key", key),
    element("UploadId", uploadId),
  );
}

export function uploadPart(call: S3Call): ServiceAnswer {
  const { request, payload, now } = call;
  const { upload } = uploadOf(call);
  const text = request.query.get("partNumber") ?? "";
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > mostParts)
    throw new AwsFault(400, "InvalidArgument", `Part number must be an integer between 1 and ${mostParts}.`);
  const others = [...upload.parts].filter(([other]) => other !== number);
  requireSize(
    others.reduce((sum, [, part]) => sum + part.body.length, payload.body.length),
    call,
  );
  const checksums = verifiedChecksums(request, payload);
  const etag = etagOf(payload.body);
  upload.parts.set(number, { body: payload.body, etag, lastModified: now });
  return { status: 200, headers: { etag, ...checksums } };
}

export function listParts(call: S3Call): ServiceAnswer {
  const { upload, uploadId } = uploadOf(call);
  const { query } = call.request;
  const marker = Number(query.get("part-number-marker") ?? 0);
  const maxListed = Math.min(Number(query.get("max-parts") ?? mostListedParts), mostListedParts);
  const after = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = after.slice(0, maxListed);
  const isTruncated = after.length > page.length;
  return xmlAnswer(
    "ListPartsResult",
    element("Bucket", call.bucketName),
    element("Key", call.key),
    element("UploadId", uploadId),
    element("PartNumberMarker", marker),
    ...optionalElement("NextPartNumberMarker", isTruncated ? page.at(-1)?.[0] : undefined),
    element("MaxParts", maxListed),
    element("IsTruncated", isTruncated),
    ...page.map(([number, { body, etag, lastModified }]) =>
      element(
        "Part",
        element("PartNumber", number),
        element("LastModified", timestamp(lastModified)),
        element("ETag", etag),
        element("Size", body.length),
      ),
    ),
  );
}

/** The uploads that are neither complete nor aborted, by key and then in their order. */
export function listMultipartUploads(call: S3Call): ServiceAnswer {
  const { query } = call.request;
  const prefix = query.get("prefix") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const idMarker = query.get("upload-id-marker") ?? "";
  const maxListed = Math.min(Number(query.get("max-uploads") ?? mostListedUploads), mostListedUploads);
  const encode = (text: string) =>
    query.get("encoding-type") === "url" ? encodeURIComponent(text).replaceAll("%2F", "/") : text;
  const all = [...bucketOf(call).uploads]
    .filter(([, { key }]) => key.startsWith(prefix))
    .sort(([, one], [, other]) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
  const isMarked = ([id, { key }]: (typeof all)[0]) => key === keyMarker && id === idMarker;
  const isBehind = ([, { key }]: (typeof all)[0]) =>
    Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) > 0;
  const start = idMarker === "" ? all.findIndex(isBehind) : all.findIndex(isMarked) + 1;
  const after = keyMarker === "" ? all : start < 0 ? [] : all.slice(start);
  const page = after.slice(0, maxListed);
  const [lastId, last] = after.length > page.length ? (page.at(-1) ?? []) : [];
  return xmlAnswer(
    "ListMultipartUploadsResult",
    element("Bucket", call.bucketName),
    element("Prefix", encode(prefix)),
    element("KeyMarker", encode(keyMarker)),
    element("UploadIdMarker", idMarker),
    ...optionalElement("NextKeyMarker", last && encode(last.key)),
    ...optionalElement("NextUploadIdMarker", lastId),
    ...optionalElement("EncodingType", query.get("encoding-type") ?? undefined),
    element("MaxUploads", maxListed),
    element("IsTruncated", last !== undefined),
    ...page.map(([uploadId, { key, startedAt }]) =>
      element(
        "Upload",
        element("Key", encode(key)),
        element("UploadId", uploadId),
        element("StorageClass", "STANDARD"),
        element("Initiated", timestamp(startedAt)),
      ),
    ),
  );
}

export function completeMultipartUpload(call: S3Call): ServiceAnswer {
  const { bucketName, key, request, payload, now } = call;
  const { upload, uploadId } = uploadOf(call);
  const { objects, uploads } = bucketOf(call);
  const parts = chosenParts(payload.body.toString("utf8"), upload);
  requireWritable(request.headers, objects.get(key));

  const body = Buffer.concat(parts.map((part) => part.body));
  requireSize(body.length, call);
  const sums = parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  const etag = `"${createHash("md5").update(Buffer.concat(sums)).digest("hex")}-${parts.length}"`;
  objects.set(key, { body, etag, lastModified: now, headers: upload.headers, checksums: {} });
  uploads.delete(uploadId);
  return xmlAnswer(
    "CompleteMultipartUploadResult",
    element("Location", `http://${request.headers.get("host")}/${bucketName}/${key}`),
    element("Bucket", bucketName),
    element("Key", key),
    element("ETag", etag),
  );
}

export function abortMultipartUpload(call: S3Call): ServiceAnswer {
  bucketOf(call).uploads.delete(uploadOf(call).uploadId);
  return { status: 204 };
}

function chosenParts(xml: string, { parts }: Upload): ObjectPart[] {
  const choices = contentsOf("Part", xml)?.map((part) => ({
    number: Number(textOf("PartNumber", part)),
    etag: textOf("ETag", part)?.replaceAll('"', ""),
  }));
  if (choices === undefined || choices.length === 0) throw malformedXml();
  if (choices.some(({ number }, at) => number <= (choices[at - 1]?.number ?? 0)))
    throw new AwsFault(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
  return choices.map(({ number, etag }, at) => {
    const part = parts.get(number);
    if (part === undefined || part.etag.replaceAll('"', "") !== etag)
      throw new AwsFault(400, "InvalidPart", "One or more of the specified parts could not be found.");
    if (at < choices.length - 1 && part.body.length < minPartBytes)
      throw new AwsFault(
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
      );
    return part;
  });
}

function uploadOf(call: S3Call): { upload: Upload; uploadId: string } {
  const uploadId = call.request.query.get("uploadId") ?? "";
  const upload = bucketOf(call).uploads.get(uploadId);
  // An upload belongs to one key. Its id must not lead to it under another key, on which the caller may have more
  // rights.
  if (upload === undefined || upload.key !== call.key)
    throw new AwsFault(404, "NoSuchUpload", "The specified multipart upload does not exist.");
  return { upload, uploadId };
}
