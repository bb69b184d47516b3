import { GetUserPolicyCommand, PutRolePolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { bySessionName, type Denial, policyOf, readDenials } from "../../../infra/revoke/denial.ts";
import { readDenyPolicy } from "../../../infra/revoke/deny.ts";
import { type DenialChange, reconcile } from "../../../infra/revoke/reconcile.ts";
import { createWorld } from "../local/aws/world.ts";

const policyName = "keyvend-revocations-prod";
const now = Date.UTC(2026, 10, 22, 15);
const user = { kind: "user", name: "lake-owner" } as const;
const role = { kind: "role", name: "reader" } as const;
const denial = (name: string, seconds = 0): Denial => ({
  narrowing: bySessionName(name),
  before: now + seconds * 1_000,
  until: now + 43_200_000 + seconds * 1_000,
});
const never = () => false;

async function createReconciling() {
  const world = await createWorld();
  const iam = world.iam();
  const options = { iam, policyName, getsNothing: never, isDryRun: false, now };
  return {
    ...world,
    client: iam,
    reconcile: (changes: readonly DenialChange[], change: Partial<typeof options> = {}) =>
      reconcile(changes, { ...options, ...change }),
    policiesOf: (of: typeof user | typeof role) =>
      Object.fromEntries(
        [
          ...((of.kind === "user" ? world.accounts.users : world.accounts.roles).get(of.name)?.policies ??
            []),
        ].map(([name, { document }]) => [name, document]),
      ),
  };
}

const put = (identity: DenialChange["identity"], ...denials: Denial[]): DenialChange => ({
  identity,
  change: (there) => [...there, ...denials],
});

describe.each([user, role])("on a $kind", (identity) => {
  test("the Deny is one policy of its own, and no other is touched", async () => {
    const { policiesOf, reconcile } = await createReconciling();
    const before = policiesOf(identity as typeof user);
    const { steps, failures } = await reconcile([put(identity, denial("alice-1"))]);
    expect(failures).toEqual([]);
    expect(steps).toEqual([
      expect.stringContaining(`the ${identity.kind} ${identity.name}: the policy ${policyName} is {`),
    ]);
    const after = policiesOf(identity as typeof user);
    expect(after).toEqual({ ...before, [policyName]: policyOf([denial("alice-1")]) });
    await reconcile([put(identity, denial("bob-2"))]);
    expect(readDenials(policiesOf(identity as typeof user)[policyName] ?? "")).toHaveLength(2);
    await reconcile([{ identity, change: () => [] }]);
    expect(policiesOf(identity as typeof user)).toEqual(before);
  });

  test("what has nothing left to end is taken out, and only then", async () => {
    const { policiesOf, reconcile } = await createReconciling();
    await reconcile([put(identity, denial("alice-1"), denial("bob-2", 60))]);
    const idle = [{ identity, change: (there: readonly Denial[]) => there }];
    expect((await reconcile(idle, { now: now + 43_199_000 })).steps).toEqual([]);
    expect((await reconcile(idle, { now: now + 43_200_000 })).steps).toHaveLength(1);
    expect(readDenials(policiesOf(identity as typeof user)[policyName] ?? "")).toEqual([denial("bob-2", 60)]);
    expect((await reconcile(idle, { now: now + 43_260_000 })).steps).toEqual([
      expect.stringContaining("is deleted"),
    ]);
    expect(policiesOf(identity as typeof user)).not.toHaveProperty([policyName]);
  });

  test("a dry run says the same, and changes nothing", async () => {
    const { policiesOf, reconcile } = await createReconciling();
    const before = policiesOf(identity as typeof user);
    const dry = await reconcile([put(identity, denial("alice-1"))], { isDryRun: true });
    expect(policiesOf(identity as typeof user)).toEqual(before);
    expect(dry).toEqual(await reconcile([put(identity, denial("alice-1"))]));
  });

  test("a policy of that name that somebody has changed is left, and told", async () => {
    const { client, policiesOf, reconcile } = await createReconciling();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }],
    });
    const named = { PolicyName: policyName, PolicyDocument };
    if (identity.kind === "user")
      await client.send(new PutUserPolicyCommand({ UserName: identity.name, ...named }));
    else await client.send(new PutRolePolicyCommand({ RoleName: identity.name, ...named }));
    const { steps, failures } = await reconcile([put(identity, denial("alice-1"))]);
    expect(steps).toEqual([]);
    expect(failures).toEqual([expect.stringContaining("somebody has changed it")]);
    expect(policiesOf(identity as typeof user)[policyName]).toBe(PolicyDocument);
  });
});

/** Fills the user's other inline policies up to so many characters. */
async function fill(client: Awaited<ReturnType<typeof createReconciling>>["client"], characters: number) {
  const document = (resource: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: resource }],
    });
  const { PolicyDocument } = {
    PolicyDocument: document(`arn:aws:s3:::${"x".repeat(characters - document("arn:aws:s3:::").length)}`),
  };
  await client.send(new PutUserPolicyCommand({ UserName: "guest", PolicyName: "own", PolicyDocument }));
}

const guest = { kind: "user", name: "guest" } as const;

test("what does not fit into IAM's limit is not sent, and what is there stays", async () => {
  const { client, policiesOf, reconcile } = await createReconciling();
  await fill(client, 1_700);
  expect((await reconcile([put(guest, denial("a".repeat(32)))])).failures).toEqual([]);
  const { failures } = await reconcile([put(guest, denial("b".repeat(32), 60))]);
  expect(failures).toEqual([
    expect.stringMatching(
      /^the user guest: The inline policies of the user guest would have 2\d{3} characters, and IAM takes 2048/,
    ),
  ]);
  expect(readDenials(policiesOf(guest as never)[policyName] ?? "")).toHaveLength(1);
});

test("denials are joined only where they do not fit otherwise, and fit then", async () => {
  const { client, policiesOf, reconcile } = await createReconciling();
  await fill(client, 600);
  const names = Array.from(
    { length: 25 },
    (_, n) => `${String(n).padStart(2, "0")}-Fm1zUo-hYc3rXa9Q-abcdefgh`,
  );
  for (const [n, name] of names.entries()) {
    const { failures } = await reconcile([put(guest, denial(name, n))], { getsNothing: () => true });
    expect(failures, name).toEqual([]);
    const denials = readDenials(policiesOf(guest as never)[policyName] ?? "");
    expect(denials).toHaveLength(n + 1);
    if (n === 3) expect(new Set(denials.map(({ before }) => before)).size).toBe(4);
  }
  const { PolicyDocument = "" } = await client.send(
    new GetUserPolicyCommand({ UserName: "guest", PolicyName: policyName }),
  );
  expect(decodeURIComponent(PolicyDocument).length).toBeLessThanOrEqual(2_048 - 600);
});

test("a role that is gone is told, and stops no other", async () => {
  const { policiesOf, reconcile } = await createReconciling();
  const { steps, failures } = await reconcile([
    put({ kind: "role", name: "gone" }, denial("alice-1")),
    put(user, denial("alice-1")),
  ]);
  expect(failures).toEqual([
    expect.stringMatching(/^the role gone: NoSuchEntity.*: The role with name gone cannot be found\.$/),
  ]);
  expect(steps).toHaveLength(1);
  expect(policiesOf(user)).toHaveProperty([policyName]);
});

test("each of several policies counts", async () => {
  const { client } = await createReconciling();
  for (let n = 0; n < 3; n++) {
    const Statement = [
      { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${"x".repeat(500)}` },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(
      new PutUserPolicyCommand({ UserName: "guest", PolicyName: `own-${n}`, PolicyDocument }),
    );
  }
  const policy = await readDenyPolicy(client, guest, policyName);
  const wide = Array.from({ length: 2 }, (_, n) => denial(`${n}${"a".repeat(31)}`, n));
  expect(() => policy.fitted(wide, never)).toThrow("and IAM takes 2048");
});
