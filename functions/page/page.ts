import type { HttpAnswer, HttpRequest } from "../http.ts";
import type { PageFiles } from "./files.ts";

/**
 * Which views a page has: what concerns its caller, where the API is; what concerns the operator, where metrics are; or all of
 * them, where one address has both.
 */
export type PageViews = "caller" | "operator" | "all";

/** What an address answers that has the page, and nothing where it has something else to say. */
export type Page = (request: Pick<HttpRequest, "method" | "path">) => HttpAnswer | undefined;

/** The routes of the page on an HTTP API. */
export const pageRoutes = ["GET /", "GET /page/{file}"];

/**
 * The page may load and ask what is of its own origin and nothing else, and no other page may hold it in a frame. Nothing that is
 * text can become markup: the browser refuses it (Trusted Types).
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What every answer to the page has. */
export const pageHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** The build leaves this word in the text, in place of the views. */
const viewsOfBuild = 'data-views="caller"';

/**
 * The page, whose texts are the same for everybody: what it shows, it asks for.
 *
 * @example createPage({ files, views: "caller" })({ method: "GET", path: "/" })?.headers["Content-Type"] // "text/html; charset=utf-8"
 */
export function createPage({ files, views }: { files: PageFiles; views: PageViews }): Page {
  const { html, style, script } = files;
  const answers = new Map(
    Object.entries({
      "/": ["text/html", html.replace(viewsOfBuild, `data-views="${views}"`)],
      "/page/page.css": ["text/css", style],
      "/page/page.js": ["text/javascript", script],
    }).map(([path, [type, body = ""]]) => [
      path,
      { status: 200, headers: { "Content-Type": `${type}; charset=utf-8`, ...pageHeaders }, body },
    ]),
  );
  return ({ method, path }) => (method === "GET" ? answers.get(path) : undefined);
}
