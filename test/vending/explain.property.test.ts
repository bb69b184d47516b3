/** Explain decides nothing by itself: for any configuration and any request, it says what vend then does. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { startOidcIssuer } from "../../infra/local/oidc-issuer.ts";
import type { ExplainAnswer, Permission } from "../../shared/contract.ts";
import type { Ask } from "../../shared/core/ask.ts";
import { VendError } from "../../shared/core/errors.ts";
import type { Grant } from "../../shared/core/grant.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Storage, Way } from "../../shared/core/storage.ts";
import type { AuditRecord } from "../../shared/vending/ports.ts";
import { createExplainedService } from "./explaining.ts";
import { alice, configOf, sampleStorage } from "./samples.ts";

const runs = 300;
const ways: Way[] = ["session-token", "federation-token", "assume-role", "web-identity", "static", "none"];
/** The longest duration that the emulation's roles give, in seconds. */
const longestOfRole = 3_600;

/** Values that often match: grants that never apply prove little. */
const often = <T>(value: T) => Array<T>(6).fill(value);

const place = fc.constantFrom(...ways, ...ways, ...ways, "no-such-storage");
const permission = fc.constantFrom<Permission>("READ", "WRITE", "READWRITE");
const grant: fc.Arbitrary<Grant> = fc.record({
  name: fc.constantFrom("a", "b", "c", "d"),
  issuer: fc.constantFrom(...often(["corp"]), ["partner"]),
  subject: fc.constantFrom(...often(["*"]), ["al*"], ["bob"]),
  claims: fc.constantFrom(...often({}), { team: ["data"] }, { team: ["o*"], role: ["*"] }),
  storage: fc.constant(""),
  prefix: fc.constantFrom("", "", "t1/", "t1/a/", "${claims.team}/", "t*/"),
  permission: fc.constantFrom(...often("READWRITE" as const), "READ", "WRITE"),
  maxDurationSeconds: fc.constantFrom(1_800, 3_600, 7_200),
  mode: fc.constantFrom<Grant["mode"]>(...often("enforce" as const), "audit"),
});
const principal: fc.Arbitrary<Principal> = fc.record({
  issuer: fc.constantFrom(...often("corp"), "partner"),
  subject: fc.constantFrom("alice", "bob"),
  claims: fc.constantFrom(
    { team: "data" },
    { team: "data" },
    { team: "ops", role: "x" },
    { team: "../ops" },
    {},
  ),
  kind: fc.constantFrom<Principal["kind"]>("oidc", "oidc", "aws", "api-token"),
  tokenHash: fc.constant(alice.tokenHash),
});
const target = fc.record({
  bucket: fc.constantFrom(...often("lake"), "pond"),
  prefix: fc.constantFrom("", "t1/", "t1/", "t1/a/", "t10/", "data/", "t*/", "t1/\u0100/"),
});
/** Together they are more than a policy holds. */
const manyTargets = Array.from({ length: 20 }, (_, n) => ({
  bucket: "lake",
  prefix: `${n}${"x".repeat(90)}/`,
}));
const durationSeconds = fc.constantFrom(undefined, 1_800, 3_600, 43_200);
const targets = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.array(target, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant(manyTargets) },
);
const ask = fc
  .tuple(targets, fc.option(permission, { nil: undefined }), durationSeconds)
  .map(([targets, permission, durationSeconds]): Omit<Ask, "storage"> => {
    return {
      ...(targets && { targets }),
      ...(permission && { permission }),
      ...(durationSeconds && { durationSeconds }),
    };
  });

/** One storage of each way, named for it. */
function everyWay(stsEndpoint: string): Storage[] {
  return ways.map((name) =>
    name === "static" || name === "none"
      ? sampleStorage(name, { name })
      : sampleStorage(name, { name, stsEndpoint, maxDurationSeconds: longestOfRole }),
  );
}

test("explain says what vend then does, and does none of it", async () => {
  const issuer = await startOidcIssuer(0);
  const oidcProvider = { issuer: issuer.url, audiences: ["keyvend"], jwksUri: `${issuer.url}/jwks` };
  const service = await createExplainedService(everyWay, [], { oidcProvider });
  const token = await issuer.token({ sub: "job-7" });
  const kinds = new Set<unknown>();

  await fc.assert(
    fc.asyncProperty(
      place,
      fc.array(grant, { minLength: 1, maxLength: 6, size: "max" }),
      principal,
      ask,
      async (storage, grants, caller, wish) => {
        const request = { storage, ...wish };
        const config = configOf(
          [...service.config.storages.values()],
          grants.map((each) => ({ ...each, storage })),
        );
        const before = await service.dynamodb.scan();
        const explained = await service.explain(request, caller, { config, token });
        expect(await service.dynamodb.scan()).toEqual(before);

        service.records.length = 0;
        const done = await service
          .instance({ config })
          .vend(request, caller, token)
          .catch((error: VendError) => error);
        const [record] = service.records;
        kinds.add(explained.Code ?? explained.Cache?.State);
        if (done instanceof VendError) {
          expect(explained).toMatchObject({ Decision: "refused", Code: done.code, Message: done.message });
          expect(explained.Grant).toBe(record?.grant);
          return;
        }
        const { AccessKeyId, SecretAccessKey, Token, Expiration, Warning, ...vended } = done;
        expect(explained).toMatchObject({ Decision: "allowed", ...vended });
        expect(explained.DurationCappedBy).toBe(vended.DurationCappedBy);
        expect(explained).toMatchObject({ Grant: record?.grant, Way: record?.way });
        expect(cacheOf(explained)).toBe(record?.cache);
      },
    ),
    { numRuns: runs },
  );
  await issuer.close();
  // The property proves something only if every kind of answer comes up.
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      "no_grant",
      "choose_target",
      "not_scopable",
      "delegation_off",
      "servable",
      "empty",
    ]),
  );
});

function cacheOf({ Cache }: ExplainAnswer): AuditRecord["cache"] {
  if (Cache?.State === "never") return "none";
  return Cache?.State === "servable" ? "table" : "issued";
}
