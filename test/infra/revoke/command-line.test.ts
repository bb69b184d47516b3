import { describe, expect, test } from "vitest";
import { readCommandLine } from "../../../infra/revoke/command-line.ts";
import { readTask } from "../../../infra/revoke/read-task.ts";
import type { Config } from "../../../shared/core/config.ts";
import { configOf, sampleGrant, sampleStorage } from "../../vending/samples.ts";

const config: Config = {
  ...configOf(
    [sampleStorage("assume-role"), sampleStorage("session-token", { name: "other" })],
    [
      sampleGrant(),
      sampleGrant({ name: "of-partner", issuer: ["partner"], subject: ["partner-*"] }),
      sampleGrant({ name: "of-keys", issuer: ["client-key", "api-token"], storage: "other" }),
    ],
  ),
  issuers: new Map(["corp", "partner"].map((name) => [name, { name } as never])),
  clientKeys: [{ name: "catalog", ids: ["KV1XAAAAAAAAAAAAAAAAAAAA"], expiresAt: 1, claims: {} }],
};

function taskOf(...args: string[]) {
  const call = readCommandLine(args, {});
  return call && readTask(call.values, config);
}

describe("a command line says", () => {
  test.each<[string, object]>([
    [
      "--principal alice --issuer corp",
      { kind: "revoke", target: { kind: "principal", name: "alice", issuer: "corp" }, allSessions: false },
    ],
    [
      "--grant data-lake --all-sessions --note leaked",
      { kind: "revoke", target: { kind: "grant", name: "data-lake" }, allSessions: true, note: "leaked" },
    ],
    ["--storage lake", { kind: "revoke", target: { kind: "storage", name: "lake" }, allSessions: false }],
    [
      "--access-key ASIA0000000000000001",
      { kind: "revoke", target: { kind: "access-key", name: "ASIA0000000000000001" }, allSessions: false },
    ],
    [
      "--access-key ASIA0000000000000001 --storage lake --session-name alice-x",
      {
        kind: "revoke",
        target: { kind: "access-key", name: "ASIA0000000000000001" },
        session: { storage: "lake", sessionName: "alice-x" },
        allSessions: false,
      },
    ],
    [
      "--access-key KV1XAAAAAAAAAAAAAAAAAAAA",
      {
        kind: "revoke",
        target: { kind: "access-key", name: "KV1XAAAAAAAAAAAAAAAAAAAA" },
        allSessions: false,
      },
    ],
    [
      "--undo --grant gone --lift-deny",
      { kind: "undo", target: { kind: "grant", name: "gone" }, liftDeny: true },
    ],
    ["--undo --storage gone", { kind: "undo", target: { kind: "storage", name: "gone" }, liftDeny: false }],
    ["--flush", { kind: "flush" }],
    ["--flush --storage lake", { kind: "flush", storage: "lake" }],
    ["--tidy", { kind: "tidy" }],
    ["--list --json", { kind: "list" }],
  ])("%s", (line, task) => {
    expect(taskOf(...line.split(" "))).toEqual(task);
  });

  test("where it is about, and by which users", () => {
    const call = readCommandLine(["--list", "--stage", "prod", "--user", "lake=own-user"], {
      AWS_REGION: "us-west-2",
    });
    expect(call).toMatchObject({
      place: { config: "infra/vending.yml", stage: "prod", region: "us-west-2" },
    });
    expect([...(call?.users ?? [])]).toEqual([["lake", "own-user"]]);
    expect(readCommandLine(["--list", "--local", "--port", "4200"], {})?.place).toMatchObject({
      local: { iam: 4_208 },
    });
    const ofServer = readCommandLine(["--list", "--server", "--config", "/etc/keyvend/vending.yml"], {});
    expect(ofServer?.place).toMatchObject({ server: "/etc/keyvend/vending.yml" });
    expect(readCommandLine(["--list", "--help"], {})).toBeUndefined();
  });
});

describe("the issuer may be left out", () => {
  test.each([
    ["alice", "corp"],
    ["catalog", "client-key"],
    ["partner-7", undefined],
  ])("for %s: %s", (name, issuer) => {
    const task = () => taskOf("--principal", name);
    if (issuer === undefined) return expect(task).toThrow("--issuer corp or partner.");
    if (name === "alice") return expect(task()).toMatchObject({ target: { issuer } });
    return expect(() => taskOf("--principal", name)).toThrow("--issuer corp or client-key.");
  });

  test("and is wrong if the configuration does not have it", () => {
    expect(() => taskOf("--principal", "alice", "--issuer", "crop")).toThrow(
      'The configuration has no issuer "crop". It has corp, partner, client-key.',
    );
  });
});

test.each([
  ["", "Say what to revoke."],
  ["--grant data-lake --storage lake", "One thing at a time: not --grant and --storage."],
  ["--flush --grant data-lake", "One thing at a time: not --flush and --grant."],
  ["--flush --list", "One thing at a time: not --flush and --list."],
  ["--undo", "Say what to revoke."],
  ["--undo --flush", "--undo has no meaning here."],
  ["--storage lake --issuer corp", "--issuer has no meaning here."],
  ["--storage lake --lift-deny", "--lift-deny has no meaning here."],
  ["--undo --storage lake --all-sessions", "--all-sessions has no meaning here."],
  ["--access-key ASIA0000000000000001 --session-name x", "--session-name has no meaning here."],
  ["--storage lake --session-name x", "--session-name has no meaning here."],
  ["--list --local --stage prod", "--stage has no meaning here."],
  ["--list --server --stage prod", "--stage has no meaning here."],
  ["--list --server --region eu-west-1", "--region has no meaning here."],
  ["--list --server --local", "--server has no meaning here."],
  ["--list --port 4100", "--port has no meaning here."],
  ["--list --stage PROD", "The stage must be"],
  ["--list --region nowhere", "The region must be"],
  ["--list --user lake", "--user must be STORAGE=NAME."],
  ["--nothing", "Unknown option '--nothing'"],
  ["lake", "Unexpected argument 'lake'"],
  ["--grant nope", 'The configuration has no grant "nope". It has data-lake, of-partner, of-keys.'],
  ["--storage nope", 'The configuration has no storage "nope". It has lake, other.'],
  ["--flush --storage nope", 'The configuration has no storage "nope". It has lake, other.'],
  [
    "--access-key AKIA0000000000000001",
    "is a long-term key, which keyvend does not end: put a new key into its secret",
  ],
  ["--access-key KV1XTOOSHORT000000", "is not the id of a client key"],
  ["--access-key ASIA", "--access-key must be an access key id"],
])("%j is a mistake: %s", (line, message) => {
  expect(() => taskOf(...line.split(" ").filter(Boolean))).toThrow(message);
});
