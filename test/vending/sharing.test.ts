import { expect, test } from "vitest";
import { operationGroups } from "../../shared/contract.ts";
import type { IssueRequest } from "../../shared/core/issue-request.ts";
import type { Scope } from "../../shared/core/scope.ts";
import { sessionName } from "../../shared/core/session-name.ts";
import type { KeptStorage, VendingStorage } from "../../shared/core/ways.ts";
import { alice, sampleRequest, sampleStorage } from "./samples.ts";
import { createFleet } from "./simulated-fleet.ts";

// Two requests share a session exactly when their calls to STS would be the same.

type Request = IssueRequest<KeptStorage>;

async function share(one: Request, other: Request): Promise<boolean> {
  const { sts, instance } = await createFleet();
  await instance().obtain(one);
  await instance().obtain(other);
  return sts.requests.length === 1;
}

const userKeys = sampleRequest(sampleStorage("session-token"));
const federated = sampleRequest(sampleStorage("federation-token"));
const assumed = sampleRequest(sampleStorage("assume-role"));
const byToken = sampleRequest(sampleStorage("web-identity"));

/** The same request for a storage with another configuration. */
const storedOtherwise = <S extends VendingStorage>({ storage }: IssueRequest<S>, change: Partial<S>) =>
  sampleRequest({ ...storage, ...change }, { sessionName: `keyvend-${storage.name}` });
const scopedOtherwise = ({ storage }: Request, scope: Partial<Scope>): Request =>
  sampleRequest(storage, { scope });

test.each<[string, Request, Request]>([
  ["by different ways", userKeys, federated],
  ["in different regions", userKeys, storedOtherwise(userKeys, { region: "eu-west-1" })],
  ["at different endpoints", userKeys, storedOtherwise(userKeys, { endpoint: "https://s3.corp.example" })],
  ["from different STS", userKeys, storedOtherwise(userKeys, { stsEndpoint: "https://sts.corp.example" })],
  ["for different durations", userKeys, { ...userKeys, durationSeconds: 3_601 }],
  ["with different secrets", userKeys, storedOtherwise(userKeys, { secret: "lake/other" })],
  ["with different secrets", assumed, storedOtherwise(assumed, { secret: "lake/other" })],
  ["from a secret and from the own role", assumed, sampleRequest(withoutSecret())],
  ["in different roles", assumed, storedOtherwise(assumed, { roleArn: `${assumed.storage.roleArn}-2` })],
  ["with different external ids", assumed, storedOtherwise(assumed, { externalId: "blue" })],
  ["of different source identities", assumed, { ...assumed, sourceIdentity: "bob" }],
  ["with different tags", assumed, { ...assumed, sessionTags: { team: "data" } }],
  ["with different tags", federated, { ...federated, sessionTags: { team: "data" } }],
  ["in different partitions", assumed, storedOtherwise(assumed, { partition: "aws-cn" })],
  [
    "with different KMS keys",
    assumed,
    storedOtherwise(assumed, { kmsKeyArn: ["arn:aws:kms:eu-central-1:1:key/1"] }),
  ],
  ["in different roles", byToken, storedOtherwise(byToken, { roleArn: `${byToken.storage.roleArn}-2` })],
  [
    "of different tokens, since STS may decide by their claims",
    { ...byToken, webIdentityToken: "first" },
    { ...byToken, webIdentityToken: "second" },
  ],
  ...[federated, assumed, byToken].flatMap((request: Request): [string, Request, Request][] => [
    [
      `in different buckets (${request.storage.issue})`,
      request,
      scopedOtherwise(request, { bucket: "pond" }),
    ],
    [
      `under different prefixes (${request.storage.issue})`,
      request,
      scopedOtherwise(request, { prefixes: ["t1/"] }),
    ],
    [
      `under prefixes cut differently (${request.storage.issue})`,
      scopedOtherwise(request, { prefixes: ["a/,b/"] }),
      scopedOtherwise(request, { prefixes: ["a/", "b/"] }),
    ],
    [
      `with different permissions (${request.storage.issue})`,
      request,
      scopedOtherwise(request, { permission: "READ" }),
    ],
    ...operationGroups.map((group): [string, Request, Request] => [
      `with and without ${group} (${request.storage.issue})`,
      scopedOtherwise(request, { prefixes: ["t1/"] }),
      scopedOtherwise(request, { prefixes: ["t1/"], also: [group] }),
    ]),
    [
      `under different session names (${request.storage.issue})`,
      request,
      { ...request, sessionName: "keyvend-2" },
    ],
  ]),
])("sessions %s are not shared", async (_, one, other) => {
  expect(await share(one, other)).toBe(false);
});

function withoutSecret() {
  const { secret: _, ...storage } = sampleStorage("assume-role");
  return storage;
}

/** The settings of a storage that STS never receives. */
const unheard = { name: "pond", maxDurationSeconds: 7_200, pathStyleAccess: true } as const;

test.each<[string, Request, Request]>([
  ["the storage's name, cap and addressing", userKeys, storedOtherwise(userKeys, unheard)],
  ["the storage's name, cap and addressing", assumed, storedOtherwise(assumed, unheard)],
  [
    "a scope, where STS takes none",
    userKeys,
    scopedOtherwise(userKeys, { prefixes: ["t1/"], permission: "READ" }),
  ],
  ["a session name, where STS takes none", userKeys, { ...userKeys, sessionName: "bob" }],
])("whatever else differs, a session is shared: %s", async (_, one, other) => {
  expect(await share(one, other)).toBe(true);
});

const bob = { ...alice, subject: "bob" };

test.each([
  { sessions: "shared", shared: true },
  { sessions: "per-principal", shared: false },
] as const)(
  "callers of a storage with $sessions sessions share one: $shared",
  async ({ sessions, shared }) => {
    const storage = sampleStorage("assume-role", { sessions });
    const [one, other] = [alice, bob].map((principal) =>
      sampleRequest(storage, { sessionName: sessionName(storage, principal) }),
    ) as [Request, Request];
    expect(await share(one, other)).toBe(shared);
  },
);

test("callers that bring their own token never share a session, whatever the storage says", async () => {
  const storage = sampleStorage("web-identity", { sessions: "shared" });
  const of = (principal: typeof alice) =>
    sampleRequest(storage, { sessionName: sessionName(storage, principal) });
  expect(await share(of(alice), of(bob))).toBe(false);
  expect(await share(of(alice), of({ ...alice, issuer: "partner" }))).toBe(false);
});
