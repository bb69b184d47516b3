/** Tokens of a trusted issuer whose claims try to reach more than their grants mean: nested, captured, counted, and long. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";
import { httpEvent } from "./http-event.ts";

let deployment: TestDeployment;
let vend: Awaited<ReturnType<typeof startVend>>;

const startVend = () => deployment.coldStart("vend");

beforeAll(async () => {
  deployment = await startDeployment();
  vend = await startVend();
});
afterAll(() => deployment?.close());

/** The targets that a token with these claims gets, or the code of the refusal. */
async function targetsOf(claims: Record<string, unknown>, query = "") {
  const token = await deployment.issuer.token(claims);
  const event = httpEvent({ authorization: token, storage: "spaces", query });
  const { body = "" } = await vend(event, lambdaContext("request"));
  const { Targets, code } = JSON.parse(body);
  return Targets ?? code;
}

const active = { active: true, id: 7 };
const member = { realm_access: { roles: ["etl-acme"] }, org: active };

test("claims that are in order get the folder that they name, so that the refusals below are for their one fault", async () => {
  expect(await targetsOf({ sub: "system:serviceaccount:data:ingest" })).toEqual(["s3://lake/ns/data/"]);
  expect(await targetsOf(member)).toEqual(["s3://lake/tenants/acme/7/"]);
});

describe("no capture spans what stands around it", () => {
  test.each([
    "system:serviceaccount:data:ingest:more",
    "system:serviceaccount:data/other:ingest",
    "system:serviceaccount:..:ingest",
    "system:serviceaccount:.:ingest",
    "system:serviceaccount:a..b:ingest",
    "system:serviceaccount::ingest",
    "system:serviceaccount:data:",
    "system:serviceaccount:*:ingest",
    "system:serviceaccount:${claims.sub}:ingest",
    "system:serviceaccount:{namespace}:ingest",
    "system:serviceaccount:data%2fother:ingest",
    "system:serviceaccount:d\u0430ta:ingest",
    "system:serviceaccount:data\u202e:ingest",
    "system:serviceaccount:data\n:ingest",
    "SYSTEM:serviceaccount:data:ingest",
    "xsystem:serviceaccount:data:ingest",
  ])("%j", async (sub) => {
    expect(await targetsOf({ sub })).toBe("no_grant");
  });
});

describe("no pointer finds what the token does not have", () => {
  test.each<[string, Record<string, unknown>]>([
    ["a name with slashes", { "/realm_access/roles": ["etl-acme"], org: active }],
    ["a name with dots", { "realm_access.roles": ["etl-acme"], org: active }],
    ["the claim on top", { roles: ["etl-acme"], org: active }],
    ["an object in place of the list", { realm_access: { roles: { 0: "etl-acme" } }, org: active }],
    ["a list in place of the object", { realm_access: [["roles", "etl-acme"]], org: active }],
    ["a list in the list", { realm_access: { roles: [["etl-acme"]] }, org: active }],
    ["text in place of the object", { realm_access: "roles", org: active }],
    ["another value of a boolean", { ...member, org: { active: "TRUE", id: 7 } }],
    ["no value for the folder", { ...member, org: { active: true } }],
    ["a way up for the folder", { ...member, org: { active: true, id: ".." } }],
    ["two segments for the folder", { ...member, org: { active: true, id: "a/b" } }],
    ["a fraction for the folder", { ...member, org: { active: true, id: 7.5 } }],
    ["a number that may have been rounded", { ...member, org: { active: true, id: 2 ** 53 } }],
    ["a list for the folder", { ...member, org: { active: true, id: ["7"] } }],
  ])("%s", async (_what, claims) => {
    expect(await targetsOf(claims)).toBe("no_grant");
  });

  test.each(["__proto__", "constructor"])("%s, written into the token", async (name) => {
    const realmAccess = JSON.parse(`{"${name}": {"roles": ["etl-acme"]}}`);
    expect(await targetsOf({ realm_access: realmAccess, org: active })).toBe("no_grant");
  });
});

describe("of many roles", () => {
  const roles = Array.from({ length: 200 }, (_, n) => `etl-t${n}`);
  const many = { realm_access: { roles }, org: active };

  test("the target chooses one, and none reaches another's folder", async () => {
    expect(await targetsOf(many)).toBe("choose_target");
    expect(await targetsOf(many, "target=s3://lake/tenants/t3/7/")).toEqual(["s3://lake/tenants/t3/7/"]);
    const both = "target=s3://lake/tenants/t3/7/&target=s3://lake/tenants/t4/7/";
    expect(await targetsOf(many, both)).toBe("no_grant");
    expect(await targetsOf(many, "target=s3://lake/tenants/")).toBe("no_grant");
  });

  test("twenty count, so that a token cannot make a decision long", async () => {
    expect(await targetsOf(many, "target=s3://lake/tenants/t19/7/")).toEqual(["s3://lake/tenants/t19/7/"]);
    expect(await targetsOf(many, "target=s3://lake/tenants/t20/7/")).toBe("no_grant");
  });
});
