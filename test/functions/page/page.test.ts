import { expect, test } from "vitest";
import { createPage, pageRoutes } from "../../../functions/page/page.ts";
import { matchRoute, routes, stsRoutes } from "../../../functions/routes.ts";
import { pageFiles } from "../../../infra/page/build.ts";

const mostBytes = 60_000;
const files = await pageFiles();
const page = createPage({ files, views: "caller" });
const get = (path: string) => page({ method: "GET", path });

test("the page, its style and its script have 60 kB at most", () => {
  const bytes = Object.values(files).map((text) => Buffer.byteLength(text));
  expect(Math.min(...bytes)).toBeGreaterThan(1_000);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(mostBytes);
});

test("its HTML asks for its own style and script, beside it, and for nothing else", () => {
  const asked = Array.from(files.html.matchAll(/(?:src|href)="([^"#]+)"/g), ([, address]) => address);
  expect(asked).toEqual(["data:,", "page/page.css", "page/page.js"]);
  for (const address of asked.slice(1)) expect(get(`/${address}`)?.status).toBe(200);
  expect(files.html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
  expect(files.html + files.style + files.script).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  expect(files.style).not.toMatch(/@import|url\(/);
});

test("its script makes no markup of text, runs no text, and keeps nothing", () => {
  expect(files.script).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|localStorage|sessionStorage|indexedDB|document\.cookie/,
  );
});

test("every answer forbids what it does not need", () => {
  for (const path of ["/", "/page/page.css", "/page/page.js"]) {
    const { headers = {} } = get(path) ?? {};
    expect(headers).toMatchObject({
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
    });
    const policy = Object.fromEntries(
      (headers["Content-Security-Policy"] ?? "").split("; ").map((part) => {
        const [name = "", ...values] = part.split(" ");
        return [name, values.join(" ")];
      }),
    );
    expect(policy).toEqual({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "img-src": "data:",
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "'none'",
      "require-trusted-types-for": "'script'",
      "trusted-types": "'none'",
    });
  }
});

test("it says which views it has", () => {
  for (const views of ["caller", "operator", "all"] as const)
    expect(createPage({ files, views })({ method: "GET", path: "/" })?.body).toContain(
      `data-views="${views}"`,
    );
});

test("it answers its own paths by GET, and is in the way of nothing", () => {
  for (const [method, path] of [
    ["POST", "/"],
    ["HEAD", "/"],
    ["GET", ""],
    ["GET", "/page"],
    ["GET", "/page/"],
    ["GET", "/page/../page/page.js"],
    ["GET", "/page/__proto__"],
    ["GET", "/v1/storages"],
    ["GET", "/openapi.json"],
  ] as const)
    expect(page({ method, path }), `${method} ${path}`).toBeUndefined();
  const taken = [...routes.map(({ key }) => key as string), ...stsRoutes];
  expect(pageRoutes.filter((route) => taken.includes(route))).toEqual([]);
  for (const path of ["/", "/page/page.js"]) expect(matchRoute({ method: "GET", path })).toBeUndefined();
});
