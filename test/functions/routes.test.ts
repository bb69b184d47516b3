import { describe, expect, test } from "vitest";
import { matchRoute, routes } from "../../functions/routes.ts";

const get = (path: string) => matchRoute({ method: "GET", path });

test.each(routes.map((route) => [route.key, route] as const))("%s is found by its path", (key, route) => {
  const path = key.slice("GET ".length).replace("{storage}", "lake");
  expect(get(path)).toEqual({ route, storage: key.includes("{storage}") ? "lake" : "" });
});

describe("a storage", () => {
  const storage = (segment: string) => get(`/v1/storages/${segment}/credentials`)?.storage;

  test.each([
    ["lake", "lake"],
    ["l%61ke", "lake"],
    ["%C3%BC", "ü"],
    // Names are decoded once, so a path that is encoded twice passes no check.
    ["la%256be", "la%6be"],
    ["..%2Flake", "../lake"],
    ["a+b", "a+b"],
    [".", "."],
    ["{storage}", "{storage}"],
  ])("is decoded once: %s", (segment, name) => {
    expect(storage(segment)).toBe(name);
  });

  test.each(["", "%", "%6", "%zz", "%FF", "%C0%AE", "%ED%A0%80", "lake/", "/lake"])(
    "cannot be read from %j: there is no such route",
    (segment) => {
      expect(storage(segment)).toBeUndefined();
    },
  );
});

test.each([
  "",
  "/",
  "/v1",
  "/v1/storages/",
  "//v1/storages",
  "/V1/storages",
  "/v1/Storages",
  "/v1%2Fstorages",
  "/v1/storages/lake",
  "/v1/storages/lake/credentials/",
  "/v1/storages/lake/credentials/x",
  "/v1/storages/lake/%63redentials",
  "/v1/aws/../storages",
  "/v1/storages/aws/../../aws/storages",
  "/v1/storages?",
  "/v1/storages#",
  "/prod/v1/storages",
  "/openapixjson",
  "v1/storages",
  "$default",
])("there is no route %j", (path) => {
  expect(get(path)).toBeUndefined();
});

test.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get", "", "GET /v1"])(
  "a known path has no method %j",
  (method) => {
    for (const path of ["/v1/storages", "/v1/storages/lake/credentials"])
      expect(matchRoute({ method, path })).toBeUndefined();
  },
);
