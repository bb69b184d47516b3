import { expect, test } from "vitest";
import type { Grant } from "../../shared/core/grant.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import type { StorageOf } from "../../shared/core/storage.ts";
import { generousSts } from "../aws/generous-sts.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

// What a grant says of its sessions, from the request to what STS receives.

/** A service with one storage, whose STS gives whatever it is asked for and remembers what it was told. */
async function createTold(storage: StorageOf<"assume-role" | "federation-token">, grant: Partial<Grant>) {
  const sts = await generousSts();
  const service = await createService(() => [{ ...storage, stsEndpoint: sts.url }], [sampleGrant(grant)]);
  const told = () =>
    sts.received.map((body) =>
      Object.fromEntries(
        [...new URLSearchParams(body)].filter(([name]) => /^(Tags|SourceIdentity|Transitive)/.test(name)),
      ),
    );
  return { ...service, told };
}

const byRole = sampleStorage("assume-role");
const federated = sampleStorage("federation-token");
const tenantOf = (tenant: string) => ({ ...alice, claims: { team: "data-platform", tenant } });
const ask = { storage: "lake" };
const tagged = {
  "Tags.member.1.Key": "team",
  "Tags.member.1.Value": "data",
  "Tags.member.2.Key": "tenant",
  "Tags.member.2.Value": "acme",
};
const sessionTags = { team: "data", tenant: "${claims.tenant}" };

test("AssumeRole is told source identity and session tags", async () => {
  const { instance, told } = await createTold(byRole, { sourceIdentity: "of-${claims.tenant}", sessionTags });
  await instance().vend(ask, tenantOf("acme"));
  expect(told()).toEqual([{ ...tagged, SourceIdentity: "of-acme" }]);
});

test("GetFederationToken is told session tags", async () => {
  const { instance, told } = await createTold(federated, { sessionTags });
  await instance().vend(ask, tenantOf("acme"));
  expect(told()).toEqual([tagged]);
});

test.each([byRole, federated])("without any, STS is told nothing ($issue)", async (storage) => {
  const { instance, told } = await createTold(storage, {});
  await instance().vend(ask, tenantOf("acme"));
  expect(told()).toEqual([{}]);
});

test.each<[string, StorageOf<"assume-role" | "federation-token">, Partial<Grant>]>([
  ["source identities", byRole, { sourceIdentity: "of-${claims.tenant}" }],
  ["session tags", byRole, { sessionTags }],
  ["session tags", federated, { sessionTags }],
])("callers whose %s differ never share a session", async (_what, storage, grant) => {
  const { instance } = await createTold(storage, grant);
  const keyOf = async (tenant: string) => (await instance().vend(ask, tenantOf(tenant))).AccessKeyId;
  const [acme, globex, again] = [await keyOf("acme"), await keyOf("globex"), await keyOf("acme")];
  expect(globex).not.toBe(acme);
  expect(again).toBe(acme);
});

test("the order in which tags are written makes no second session", async () => {
  const { config, instance, told } = await createTold(byRole, { sessionTags });
  const reversed = Object.fromEntries(Object.entries(sessionTags).reverse());
  await instance().vend(ask, tenantOf("acme"));
  const rewritten = { ...config, grants: indexGrants([sampleGrant({ sessionTags: reversed })]) };
  await instance({ config: rewritten }).vend(ask, tenantOf("acme"));
  expect(told()).toHaveLength(1);
});

test("what is warmed is told the same, and what the grant now says otherwise is dropped", async () => {
  const grant = { sourceIdentity: "of-${claims.tenant}", sessionTags };
  const { config, instance, told } = await createTold(byRole, grant);
  await instance().vend(ask, tenantOf("acme"));
  await instance().vend(ask, tenantOf("acme"));
  expect(await instance().warm()).toMatchObject({ issued: 1 });
  expect(told()).toEqual([told()[0], told()[0]]);

  await instance().vend(ask, tenantOf("acme"));
  const changed = { ...config, grants: indexGrants([sampleGrant({ ...grant, sourceIdentity: "somebody" })]) };
  expect(await instance({ config: changed }).warm()).toMatchObject({ issued: 0, dropped: 1 });
});
