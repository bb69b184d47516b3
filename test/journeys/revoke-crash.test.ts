/** A run of `npm run revoke` that dies anywhere, while callers vend twenty times a second. */
import { ListRolePoliciesCommand, ListUserPoliciesCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { opens, operatorClients, type Revoking, startRevoking } from "../infra/revoke/revoking.ts";

/** At even distances. */
const vendsPerSecond = 20;

let service: Revoking;
beforeAll(async () => {
  // Each round draws new sessions, and there are many in ten minutes.
  service = await startRevoking((vending) => ({
    ...vending,
    misses: { perPrincipal: 10_000, perStorage: 10_000 },
  }));
});
afterAll(() => service?.close());

const command = ["--principal", "bob", "--issuer", "local"];

/** A process that dies at one step of its run: none that follows is taken. */
function dyingAt(step: number) {
  let steps = 0;
  return () => {
    if (steps++ >= step) throw new Error("the process has died");
  };
}

test("wherever it dies, callers that are not meant get their answers, and the same command brings it to its end", async () => {
  const { instance, token, revoke, advance, backends } = service;
  const instances = [await instance(), await instance(), await instance()];
  const callers = await Promise.all(
    [
      ["alice", "tenants"],
      ["bob", "tenants"],
      ["carol", "tenants"],
      ["alice", "federated"],
      ["bob", "lake"],
    ].map(async ([name = "", storage = ""]) => ({ name, storage, token: await token(name) })),
  );
  const failed: string[] = [];
  const ofBob: { status: number; code: string }[] = [];
  let vends = 0;

  async function callersVend(seconds: number): Promise<void> {
    for (let n = 0; n < seconds * vendsPerSecond; n++) {
      const { name, storage, token } = callers[vends % callers.length] as (typeof callers)[number];
      const vend = instances[vends++ % instances.length] as (typeof instances)[number];
      const { status, code } = await vend(storage, token);
      if (name === "bob") ofBob.push({ status, code });
      else if (status !== 200) failed.push(`${name} on ${storage}: ${status} ${code}`);
      advance(1_000 / vendsPerSecond);
    }
  }
  /** What bob got in these seconds. */
  async function bobGets(seconds: number): Promise<Set<string>> {
    ofBob.length = 0;
    await callersVend(seconds);
    return new Set(ofBob.map(({ status, code }) => (status === 200 ? "credentials" : code)));
  }
  const iam = operatorClients(backends).iam;
  async function policies(): Promise<string[]> {
    const lists = await Promise.all([
      ...["tenants", "of-the-functions", "of-the-callers"].map((RoleName) =>
        iam.send(new ListRolePoliciesCommand({ RoleName })),
      ),
      ...["lake-owner", "tenants-owner"].map((UserName) =>
        iam.send(new ListUserPoliciesCommand({ UserName })),
      ),
    ]);
    return lists.flatMap(({ PolicyNames = [] }) => PolicyNames).filter((name) => name.startsWith("keyvend"));
  }

  await callersVend(1);
  const steps: string[] = [];
  await revoke(command, {
    onStep: ({ name, isDone }) => void steps.push(`${name}${isDone ? " is answered" : ""}`),
  });
  await revoke(["--undo", ...command, "--lift-deny"]);
  expect(steps).toEqual(
    expect.arrayContaining(["InvokeCommand is answered", "PutRolePolicyCommand is answered"]),
  );
  expect(await policies()).toEqual([]);
  expect(await bobGets(13)).toContain("credentials");

  // To die after a read is to die before what follows it.
  const places = [...steps.keys()].filter((step) => !/^(Get|List)\w+ is answered/.test(steps[step] ?? ""));
  for (const step of places) {
    const held = await instances[0]?.("tenants", callers[1]?.token ?? "");
    expect(held, steps[step]).toMatchObject({ status: 200 });
    await revoke(command, { onStep: dyingAt(step) }).catch(() => undefined);
    await callersVend(1);
    const report = await revoke(command);
    expect(report.failures).toEqual([]);
    expect(await policies()).toEqual(["keyvend-revocations-local", "keyvend-revocations-local"]);
    if (held) expect(await opens(held)).toBe(false);
    await callersVend(5);
    expect(await bobGets(1), steps[step]).toEqual(new Set(["revoked"]));

    // The way back may be cut off as well.
    await revoke(["--undo", ...command, "--lift-deny"], { onStep: dyingAt(step) }).catch(() => undefined);
    await callersVend(1);
    await revoke(["--undo", ...command, "--lift-deny"]);
    expect(await policies(), steps[step]).toEqual([]);
    if (held) expect(await opens(held)).toBe(true);
    await callersVend(8);
    expect(await bobGets(1), steps[step]).toEqual(new Set(["credentials"]));
  }
  expect(failed).toEqual([]);
  expect(vends).toBeGreaterThan(places.length * 17 * vendsPerSecond);
}, 600_000);
