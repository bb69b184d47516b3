import { createHash } from "node:crypto";
import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest, ServiceAnswer } from "../listener.ts";
import { contentsOf, element, textOf, type XmlElement } from "../xml.ts";
import { timestamp, xmlAnswer } from "./answers.ts";
import { bucketOf, type S3Call } from "./call.ts";
import { verifiedChecksums } from "./checksums.ts";
import { copySourceOf } from "./copy-source.ts";
import { accessDenied, mayNotMiss, permissionToMiss } from "./permissions.ts";
import { isUnchanged, requireWritable } from "./preconditions.ts";
import { rangeOf } from "./range.ts";
import { s3Header } from "./route.ts";
import type { StoredObject } from "./store.ts";

const contentHeaders = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-language",
  "expires",
];
const mostDeletedAtOnce = 1_000;

export function putObject(call: S3Call): ServiceAnswer {
  const { request, payload, key, now } = call;
  const { objects } = bucketOf(call);
  requireSize(payload.body.length, call);
  const checksums = verifiedChecksums(request, payload);
  requireWritable(request.headers, objects.get(key));
  const etag = etagOf(payload.body);
  objects.set(key, {
    body: payload.body,
    etag,
    lastModified: now,
    headers: objectHeaders(request),
    checksums,
  });
  return { status: 200, headers: { etag, ...checksums } };
}

export function getObject(call: S3Call): ServiceAnswer {
  const { request } = call;
  const object = requireObject(call, call.bucketName, call.key);
  const { body, etag } = object;
  const headers = {
    "content-type": "binary/octet-stream",
    ...object.headers,
    etag,
    "last-modified": new Date(object.lastModified).toUTCString(),
    "accept-ranges": "bytes",
  };
  if (isUnchanged(request.headers, object)) return { status: 304, headers };

  const range = rangeOf(request.headers.get("range"), body.length);
  if (range === undefined) {
    // A checksum of the whole object would be wrong for a part of it.
    const checksums = s3Header(request, "x-amz-checksum-mode") === "ENABLED" ? object.checksums : {};
    return {
      status: 200,
      headers: { ...headers, ...checksums, "content-length": String(body.length) },
      body,
    };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...headers,
      "content-length": String(end - start),
      "content-range": `bytes ${start}-${end - 1}/${body.length}`,
    },
    body: body.subarray(start, end),
  };
}

export function deleteObject(call: S3Call): ServiceAnswer {
  bucketOf(call).objects.delete(call.key);
  return { status: 204 };
}

/** Each key is authorized by itself: some objects may be deleted, and others stay. */
export function deleteObjects(call: S3Call): ServiceAnswer {
  const { bucketName, request, payload, may } = call;
  const { objects } = bucketOf(call);
  verifiedChecksums(request, payload);
  const xml = payload.body.toString("utf8");
  const keys = contentsOf("Object", xml)?.map((object) => textOf("Key", object));
  if (keys === undefined || keys.length === 0 || keys.length > mostDeletedAtOnce) throw malformedXml();
  const quiet = textOf("Quiet", xml) === "true";

  const results = keys.map((key): XmlElement[] => {
    if (key === undefined) throw malformedXml();
    if (!may({ action: "DeleteObject", on: `${bucketName}/${key}` })) {
      const { code, message } = accessDenied();
      return [element("Error", element("Key", key), element("Code", code), element("Message", message))];
    }
    objects.delete(key);
    return quiet ? [] : [element("Deleted", element("Key", key))];
  });
  return xmlAnswer("DeleteResult", ...results.flat());
}

export function copyObject(call: S3Call): ServiceAnswer {
  const { request, key, now } = call;
  const { objects } = bucketOf(call);
  const from = copySourceOf(request);
  const source = requireObject(call, from.bucket, from.key);
  const replaces = s3Header(request, "x-amz-metadata-directive") === "REPLACE";
  requireWritable(request.headers, objects.get(key));
  objects.set(key, {
    ...source,
    lastModified: now,
    ...(replaces ? { headers: objectHeaders(request) } : {}),
  });
  return xmlAnswer("CopyObjectResult", element("ETag", source.etag), element("LastModified", timestamp(now)));
}

/** The headers that are stored with an object. The framing of its upload is not one of them. */
export function objectHeaders(request: ReceivedRequest): Record<string, string> {
  const encodings =
    request.headers
      .get("content-encoding")
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  const encoding = encodings.filter((name) => name !== "aws-chunked" && name !== "").join(",");
  const names = [
    ...contentHeaders,
    ...[...request.headers.keys(), ...request.query.keys()].filter((name) => name.startsWith("x-amz-meta-")),
  ];
  const entries = names.flatMap((name) => {
    const value = s3Header(request, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(entries), ...(encoding === "" ? {} : { "content-encoding": encoding }) };
}

export function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

export function requireSize(bytes: number, { maxObjectBytes }: S3Call): void {
  if (bytes > maxObjectBytes)
    throw new AwsFault(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
}

export function malformedXml(): AwsFault {
  return new AwsFault(
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or is not what S3 expects",
  );
}

function requireObject(call: S3Call, bucketName: string, key: string): StoredObject {
  const object = bucketOf(call, bucketName).objects.get(key);
  if (object !== undefined) return object;
  if (!call.may(permissionToMiss(bucketName, key))) throw mayNotMiss();
  throw new AwsFault(404, "NoSuchKey", "The specified key does not exist.");
}
