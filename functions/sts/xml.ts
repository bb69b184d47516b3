import type { HttpAnswer } from "../http.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** An element's content: text, or elements by their names in the order in which they are written. */
export type Content = string | { readonly [name: string]: Content | undefined };

/**
 * An answer as STS writes it. Text is escaped, whatever it holds: callers choose some of it.
 *
 * @example xml(200, "GetCallerIdentityResponse", { GetCallerIdentityResult: { Account: "000000000000" } }, {})
 */
export function xml(
  status: number,
  root: string,
  content: Content,
  headers: Record<string, string>,
): HttpAnswer {
  return {
    status,
    headers: { "Content-Type": "text/xml", "Cache-Control": "no-store", ...headers },
    body: `<${root} xmlns="${namespace}">${written(content)}</${root}>`,
  };
}

function written(content: Content): string {
  if (typeof content === "string") return escaped(content);
  return Object.entries(content)
    .flatMap(([name, inner]) => (inner === undefined ? [] : [`<${name}>${written(inner)}</${name}>`]))
    .join("");
}

const entities: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML 1.0 has no way to write the characters of the second kind: most controls, and halves of surrogate pairs. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[<>&"'\r]/g, (character) => entities[character] ?? "&#13;");
}
