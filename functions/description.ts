import { createHash } from "node:crypto";
import type { HttpAnswer, HttpRequest } from "./http.ts";
import description from "./openapi.json" with { type: "json" };

// A chunk of its own, loaded when the first reader asks for it. Text and tag are made once in an instance's life.

const text = JSON.stringify(description);

/** The one answer that is the same for everybody: any cache on the way may keep it. Only a deployment changes it. */
const caching = {
  ETag: `"${createHash("sha256").update(text).digest("base64url")}"`,
  "Cache-Control": "public, max-age=300",
};

/**
 * The API's own description, OpenAPI 3.1, or 304 if the reader has it already.
 *
 * @example describe({ headers: { "if-none-match": '"…"' } }).status // 200, or 304 if that is the tag
 */
export function describe({ headers }: Pick<HttpRequest, "headers">): HttpAnswer {
  if (hasIt(headers)) return { status: 304, headers: caching, body: "" };
  return { status: 200, headers: { "Content-Type": "application/json", ...caching }, body: text };
}

/** RFC 9110, 13.1.2: tags are compared weakly, because a cache that compresses a text may mark its tag as weak. */
function hasIt(headers: HttpRequest["headers"]): boolean {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === "if-none-match")
    .flatMap(([, value = ""]) => value.split(","))
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === caching.ETag);
}
