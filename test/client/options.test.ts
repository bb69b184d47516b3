import { afterEach, beforeEach, expect, test } from "vitest";
import { fromVending, s3Config, type VendingOptions } from "../../shared/client/src/index.ts";
import { type FakeService, startFakeService, token } from "./fake-service.ts";

let service: FakeService;

beforeEach(async () => {
  service = await startFakeService();
});

afterEach(() => service.close());

const options = (changes: Partial<VendingOptions> = {}): VendingOptions => ({
  url: service.url,
  storage: "lake",
  token,
  ...changes,
});

test("the request has what the options ask for, and nothing else", async () => {
  await fromVending(
    options({
      storage: "my lake/1",
      target: ["s3://lake/a b/", "s3://lake/c/"],
      permission: "READ",
      durationSeconds: 1800,
    }),
  )();
  await fromVending(options({ url: `${service.url}/stage/`, target: "s3://lake/" }))();
  await fromVending(options({ url: `${service.url}/stage` }))();
  const [full, short, bare] = service.requests;
  expect(full).toEqual({
    path: "/v1/storages/my%20lake%2F1/credentials",
    query: new URLSearchParams([
      ["target", "s3://lake/a b/"],
      ["target", "s3://lake/c/"],
      ["permission", "READ"],
      ["durationSeconds", "1800"],
    ]),
    authorization: `Bearer ${token}`,
  });
  expect(short?.path).toBe("/stage/v1/storages/lake/credentials");
  expect(bare?.path).toBe("/stage/v1/storages/lake/credentials");
  expect([...(short?.query ?? [])]).toEqual([["target", "s3://lake/"]]);
});

test.each([".", ".."])("the storage %j would change the path, and is refused", async (storage) => {
  expect(() => fromVending(options({ storage }))).toThrow("`storage` must be a name.");
  expect(service.requests).toHaveLength(0);
});

test.each([
  "http://vend.example.com",
  "http://127.0.0.1.example.com",
  "http://localhost.example.com",
  "http://localhost:80@example.com",
  "http://10.0.0.1",
  "http://[::2]",
  "ftp://localhost",
  "vend.example.com",
  "",
  "https://vend.example.com?storage=x",
  "https://vend.example.com#x",
  "https://user:hidden@vend.example.com",
  undefined,
])("url %j is refused before a token is asked for, and not shown", (url) => {
  const build = () =>
    fromVending(options({ url: url as string, token: () => expect.fail("the token was asked for") }));
  expect(build).toThrow(expect.objectContaining({ code: "invalid_options" }));
  expect(build).toThrow(/^`url` must be (?!.*hidden)/);
});

test.each([
  "https://vend.example.com",
  "https://vend.example.com/stage",
  "http://localhost:3000",
  "http://127.8.9.1",
  "http://[::1]:3000/",
])("url %s is taken", (url) => {
  expect(() => fromVending(options({ url }))).not.toThrow();
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_401])("%d seconds is refused", (seconds) => {
  expect(() => fromVending(options({ timeoutSeconds: seconds }))).toThrow(/`timeoutSeconds`/);
  expect(() => fromVending(options({ refreshAheadSeconds: seconds }))).toThrow(/`refreshAheadSeconds`/);
});

test("s3Config rejects with what fromVending throws", async () => {
  await expect(s3Config(options({ url: "http://vend.example.com" }))).rejects.toMatchObject({
    code: "invalid_options",
  });
});
