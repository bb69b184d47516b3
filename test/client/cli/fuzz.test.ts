import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answer,
  type FakeService,
  json,
  raw,
  secret,
  sessionToken,
  startFakeService,
  token,
} from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";

let service: FakeService;

beforeAll(async () => {
  service = await startFakeService();
});

afterAll(() => service.close());

/** A good answer with some of its members replaced by anything, or by what looks good and is not. */
const nearlyGood = fc
  .dictionary(
    fc.constantFrom(
      ...Object.keys(answer()),
      "code",
      "message",
      "requestId",
      "fields",
      "Storages",
      "Decision",
      "NearMisses",
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(token, "allowed", "refused", "\u001b[2J", "a\nb", "2099-01-01T00:00:00Z"),
      fc.array(fc.record({ field: fc.jsonValue(), message: fc.constant(token), Failed: fc.jsonValue() })),
    ),
    { maxKeys: 4 },
  )
  .map((changes) => JSON.stringify({ ...answer(), ...changes }));

const body = fc.oneof(
  nearlyGood,
  fc.json(),
  fc.string({ unit: "binary" }),
  fc.tuple(nearlyGood, fc.nat(400)).map(([text, length]) => text.slice(0, length)),
);

test("whatever a server answers: whole credentials or none, a status that says which, and no leak", {
  timeout: 120_000,
}, async () => {
  const commands = fc.constantFrom(
    ["env", "--json"],
    ["credential-process", "--no-cache"],
    ["storages"],
    ["explain"],
    ["config", "aws-cli"],
    ["config", "duckdb"],
  );
  // 429 and 5xx are asked again after waits: they are left to tests of their own.
  const status = fc.constantFrom(200, 200, 200, 201, 301, 400, 401, 403, 404, 409, 418);
  await fc.assert(
    fc.asyncProperty(commands, status, body, async (args, code, text) => {
      service.alwaysReply(raw(code, text));
      const result = await keyvend(args, {
        KEYVEND_URL: service.url,
        KEYVEND_STORAGE: "lake",
        KEYVEND_TOKEN: token,
      });
      expect([0, 1]).toContain(result.status);
      expect(result.err).not.toContain("keyvend itself");
      for (const hidden of [token, secret, sessionToken]) expect(result.err).not.toContain(hidden);
      expect(result.err).not.toMatch(/[^\P{C}\n]/u);
      if (result.status === 1 && args[0] !== "explain") expect(result.out).toBe("");
      if (result.status === 0 && ["env", "credential-process"].includes(args[0] ?? "")) {
        const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AccessKeyId, SecretAccessKey } = JSON.parse(
          result.out,
        );
        expect(AWS_ACCESS_KEY_ID ?? AccessKeyId).toMatch(/^[!-~]+$/);
        expect(AWS_SECRET_ACCESS_KEY ?? SecretAccessKey).toMatch(/^[!-~]+$/);
      }
    }),
    { numRuns: 500 },
  );
});

test("a server that repeats the token is not quoted", async () => {
  service.alwaysReply(json(403, { code: "no_grant", message: `no: ${token}`, requestId: token }));
  const { err } = await keyvend(["env"], {
    KEYVEND_URL: service.url,
    KEYVEND_STORAGE: "lake",
    KEYVEND_TOKEN: token,
  });
  expect(err).not.toContain(token);
});
