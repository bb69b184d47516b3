import { expect, test } from "vitest";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { warningsOf } from "../../../infra/config/warnings.ts";
import { changed, faultsOf } from "./document.ts";

const now = Date.parse("2026-11-26T12:00:00Z");
const clientKeys = { polaris: { id: "KV1XABCDEFGHIJKLMNOPQRST", expires: "2027-06-01T00:00:00Z" } };
const grant = {
  name: "polaris",
  issuer: "client-key",
  subject: "polaris",
  storage: "lake",
  permission: "READ",
};
const long = { "storages/lake/maxDurationSeconds": 43_200 };

/** The warnings that tell of sharing, for a grant to a client key. */
function warnings(change: object, storage: Record<string, unknown> = {}): string[] {
  const config = parseConfig(changed({ clientKeys, "grants/0": { ...grant, ...change }, ...storage }), now);
  return warningsOf(config, now).flatMap(({ path, message }) =>
    message.includes("shares no session") ? [`${path} ${message}`] : [],
  );
}

test.each([
  ["the grant allows an hour, as by default", {}, long],
  ["the storage allows an hour, as by default", { maxDurationSeconds: 43_200 }, {}],
])("where %s, a client key shares nothing, and the catalogs' settings are named", (_, change, storage) => {
  expect(warnings(change, storage)).toEqual([
    expect.stringMatching(
      /^grants\[0\] shares .* Lakekeeper's sts-token-validity-seconds, Nessie's session-duration, Polaris's/,
    ),
  ]);
});

test("where a role assumes a role, nothing that is configured gives more than an hour", () => {
  const chained = { "storages/lake/secret": undefined };
  expect(warnings({ maxDurationSeconds: 43_200 }, chained)).toEqual([
    expect.stringMatching(/role that another role assumes.*storages\.lake a secret/),
  ]);
});

test.each([
  ["sessions may last longer", { maxDurationSeconds: 7_200 }, long],
  ["callers are not client keys", { issuer: "company", subject: "*" }, {}],
  ["the grant is on trial", { mode: "audit" }, {}],
  ["nothing is narrowed for catalogs", { storage: "plain", permission: "READWRITE" }, {}],
])("nothing is said where %s", (_, change, storage) => {
  expect(warnings(change, storage)).toEqual([]);
});

test("a grant's external id has the form that STS's callers can send", () => {
  const fault = { path: "grants[0].externalId", message: expect.stringContaining("2 to 1224 characters") };
  const configured = (externalId: string) => changed({ clientKeys, "grants/0": { ...grant, externalId } });
  expect(parseConfig(configured("blue:1"), now).grants.all[0]).toMatchObject({ externalId: "blue:1" });
  for (const externalId of ["b", "b lue"]) expect(faultsOf(configured(externalId))).toMatchObject([fault]);
});

test("a grant with an external id shadows no grant without one", () => {
  const config = (externalId: object) =>
    parseConfig(
      changed({
        clientKeys,
        "grants/0": { ...grant, ...externalId },
        "grants/1": { ...grant, name: "second" },
      }),
      now,
    );
  const shadows = (externalId: object) =>
    warningsOf(config(externalId), now)
      .filter(({ message }) => message.includes("adds nothing"))
      .map(({ path }) => path);
  expect(shadows({})).toEqual(["grants[1]"]);
  // A caller that brings the id is allowed by the second one, too.
  expect(shadows({ externalId: "blue" })).toEqual(["grants[0]"]);
});

test("an external id can match only where callers sign with a client key", () => {
  const warned = (change: object) =>
    warningsOf(
      parseConfig(changed({ clientKeys, "grants/0": { ...grant, externalId: "blue", ...change } }), now),
      now,
    )
      .filter(({ path }) => path.endsWith("externalId"))
      .map(({ message }) => message);
  expect(warned({})).toEqual([]);
  expect(warned({ issuer: "company", subject: "*" })).toEqual([
    expect.stringMatching(/^can never match: only AssumeRole/),
  ]);
});
