import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { deploymentOf } from "../../../infra/deployment.ts";

const corsOf = (corsOrigins?: unknown) =>
  deploymentOf(
    parseConfig({ issuers: {}, storages: {}, grants: [], ...(corsOrigins !== undefined && { corsOrigins }) }),
  ).cors;

test("without the list no page may ask", () => {
  expect(corsOf()).toBe(false);
});

test("pages of the listed origins may send a token, and no cookie", () => {
  const origins = ["https://app.example.com", "https://app.example.com:8443", "http://localhost:5173"];
  expect(corsOf(origins)).toEqual({
    allowedOrigins: origins,
    allowedMethods: ["GET"],
    allowedHeaders: ["authorization"],
    exposedResponseHeaders: ["retry-after", "warning"],
    maxAge: 3_600,
  });
});

test.each([
  "*",
  "https://*",
  "https://*.example.com",
  "null",
  "http://app.example.com",
  "https://app.example.com/",
  "https://app.example.com/page",
  "https://APP.example.com",
  "https://app.example.com:443",
  "https://user@app.example.com",
  "app.example.com",
])("%s is no origin of a page", (origin) => {
  expect(() => corsOf(["https://app.example.com", origin])).toThrow(
    "corsOrigins[1]: must be the origin of a page",
  );
});

test.each([[[]], ["https://app.example.com"], [Array(51).fill("https://app.example.com")]])(
  "the list has 1 to 50 entries: %j",
  (list) => {
    expect(() => corsOf(list)).toThrow(/corsOrigins: must (be a list|have 1 to 50 entries)/);
  },
);
