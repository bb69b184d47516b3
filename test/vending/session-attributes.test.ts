import { expect, test } from "vitest";
import type { Grant } from "../../shared/core/grant.ts";
import { indexGrants } from "../../shared/core/grant-index.ts";
import type { StorageOf } from "../../shared/core/storage.ts";
import { generousSts } from "../aws/generous-sts.ts";
import { alice, sampleGrant, sampleStorage } from "./samples.ts";
import { createService } from "./vending-service.ts";

// The attributes that a grant gives its sessions, from the request to the call that STS receives.

/** A service with one storage. Its STS gives what each call asks for, and remembers the attributes of all calls. */
async function createServiceWith(
  storage: StorageOf<"assume-role" | "federation-token">,
  grant: Partial<Grant>,
) {
  const sts = await generousSts();
  const service = await createService(() => [{ ...storage, stsEndpoint: sts.url }], [sampleGrant(grant)]);
  const attributes = () =>
    sts.received.map((body) =>
      Object.fromEntries(
        [...new URLSearchParams(body)].filter(([name]) => /^(Tags|SourceIdentity|Transitive)/.test(name)),
      ),
    );
  return { ...service, attributes };
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

test("AssumeRole receives source identity and session tags", async () => {
  const { instance, attributes } = await createServiceWith(byRole, {
    sourceIdentity: "of-${claims.tenant}",
    sessionTags,
  });
  await instance().vend(ask, tenantOf("acme"));
  expect(attributes()).toEqual([{ ...tagged, SourceIdentity: "of-acme" }]);
});

test("GetFederationToken receives session tags", async () => {
  const { instance, attributes } = await createServiceWith(federated, { sessionTags });
  await instance().vend(ask, tenantOf("acme"));
  expect(attributes()).toEqual([tagged]);
});

test.each([byRole, federated])("without attributes STS receives none ($issue)", async (storage) => {
  const { instance, attributes } = await createServiceWith(storage, {});
  await instance().vend(ask, tenantOf("acme"));
  expect(attributes()).toEqual([{}]);
});

test.each<[string, StorageOf<"assume-role" | "federation-token">, Partial<Grant>]>([
  ["source identities", byRole, { sourceIdentity: "of-${claims.tenant}" }],
  ["session tags", byRole, { sessionTags }],
  ["session tags", federated, { sessionTags }],
])("callers with different %s never share a session", async (_what, storage, grant) => {
  const { instance } = await createServiceWith(storage, grant);
  const keyOf = async (tenant: string) => (await instance().vend(ask, tenantOf(tenant))).AccessKeyId;
  const [acme, globex, again] = [await keyOf("acme"), await keyOf("globex"), await keyOf("acme")];
  expect(globex).not.toBe(acme);
  expect(again).toBe(acme);
});

test("the order in which tags are written makes no second session", async () => {
  const { config, instance, attributes } = await createServiceWith(byRole, { sessionTags });
  const reversed = Object.fromEntries(Object.entries(sessionTags).reverse());
  await instance().vend(ask, tenantOf("acme"));
  const rewritten = { ...config, grants: indexGrants([sampleGrant({ sessionTags: reversed })]) };
  await instance({ config: rewritten }).vend(ask, tenantOf("acme"));
  expect(attributes()).toHaveLength(1);
});

test("the warmer sends the same attributes, and drops an entry after the grant has changed them", async () => {
  const grant = { sourceIdentity: "of-${claims.tenant}", sessionTags };
  const { config, instance, attributes } = await createServiceWith(byRole, grant);
  await instance().vend(ask, tenantOf("acme"));
  await instance().vend(ask, tenantOf("acme"));
  expect(await instance().warm()).toMatchObject({ issued: 1 });
  expect(attributes()).toEqual([attributes()[0], attributes()[0]]);

  await instance().vend(ask, tenantOf("acme"));
  const changed = { ...config, grants: indexGrants([sampleGrant({ ...grant, sourceIdentity: "another" })]) };
  expect(await instance({ config: changed }).warm()).toMatchObject({ issued: 0, dropped: 1 });
});
