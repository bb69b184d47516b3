/** `npm run doctor` as an operator runs it, on a whole emulation: what it prints, and how it ends. */
import { type ExecFileException, execFile } from "node:child_process";
import { promisify } from "node:util";
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Finding } from "../../infra/doctor/finding.ts";
import type { Emulation } from "../../infra/local/emulation.ts";
import { operatorKey } from "../../infra/local/local-account.ts";
import { until } from "../until.ts";
import { startLogged } from "./emulated.ts";

const base = 16_100;
let emulation: Emulation;

beforeAll(async () => {
  ({ emulation } = await startLogged(base));
});
afterAll(() => emulation?.close());

interface Ended {
  status: number;
  out: string;
  err: string;
}

function doctor(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const usual = { PATH: process.env["PATH"] ?? "", AWS_EC2_METADATA_DISABLED: "true" };
  const running = promisify(execFile)("npm", ["run", "--silent", "doctor", "--", ...args], {
    env: { ...usual, ...env },
  });
  return running.then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    ({ code, stdout = "", stderr = "" }: ExecFileException) => ({
      status: Number(code),
      out: stdout,
      err: stderr,
    }),
  );
}

/** On a busy machine the service may miss its own deadlines, and is then told of rightly. It does not miss them for ever. */
async function untilInOrder(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return until(async () => {
    const ended = await doctor(args, env);
    expect(ended.status, ended.out + ended.err).toBe(0);
    return ended;
  });
}

/** All that must not be printed: the keys of the account, and the tokens of everybody. */
function secretsOfAccount(): string[] {
  const { users } = emulation.backends.realm.accounts;
  const keys = [...users.values()].flatMap((user) => [...user.keys.values()]);
  return [...keys.map(({ secretAccessKey }) => secretAccessKey), operatorKey.secretAccessKey];
}

test("a whole emulation is in order, in words and as JSON, and nothing secret is printed", async () => {
  const words = await untilInOrder(["--local", "--port", `${base}`]);
  const json = await untilInOrder(["--local", "--port", `${base}`, "--json"]);
  expect(words.out).toMatch(/^0 failed, 0 warning, [6-9]\d ok, \d+ not checked$/m);
  expect(words.out).toMatch(
    /^ok {11}outside {8}tenants READWRITE tenants\/doctor\/: 1\d attempts at other places are refused$/m,
  );
  const { ok, findings } = JSON.parse(json.out) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(true);
  expect(new Set(findings.map(({ check }) => check)).size).toBeGreaterThan(15);
  for (const secret of secretsOfAccount())
    expect(words.out + words.err + json.out + json.err).not.toContain(secret);
  expect(words.out + json.out).not.toMatch(/eyJ[\w-]{20}/);
});

test("nothing is left in the stores, not even an upload that was begun", async () => {
  const { s3 } = emulation.backends;
  const client = new S3Client({
    ...{ endpoint: s3.url, region: "us-east-1", forcePathStyle: true, credentials: operatorKey },
  });
  onTestFinished(() => client.destroy());
  for (const Bucket of ["lake", "archive"]) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect([...Uploads, ...Contents]).toEqual([]);
  }
  expect(s3.calls("CreateMultipartUpload")).toBeGreaterThan(s3.calls("AbortMultipartUpload"));
  expect(s3.calls("AbortMultipartUpload")).toBeGreaterThan(0);
});

test("a finding ends it with 1, and a mistake in the call with 2", async () => {
  const url = emulation.api.url;
  const token = await emulation.backends.issuer.token({ sub: "doctor" });
  const refused = await doctor(["--url", url], { KEYVEND_TOKEN: "no-token" });
  expect(refused).toMatchObject({ status: 1, out: expect.stringContaining("FAILED       answer") });
  const unknown = await doctor(["--url", url, "--stag", "prod"], { KEYVEND_TOKEN: token });
  expect(unknown).toMatchObject({ status: 2, out: "", err: expect.stringContaining("--stag") });
  const away = await doctor(["--local", "--port", "16900"]);
  expect(away).toMatchObject({ status: 2, err: expect.stringContaining("npm start") });
});

test("an object that exists outside is tried with the credentials of each scope", async () => {
  const token = await emulation.backends.issuer.token({ sub: "doctor", tenant: "doctor" });
  const args = ["--url", emulation.api.url, "--outside", "s3://archive/a/known.txt", "--json"];
  const { out } = await untilInOrder(args, { KEYVEND_TOKEN: token });
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  const outside = findings.filter(({ check }) => check === "outside").map(({ message }) => message);
  expect(outside.length).toBe(6);
  for (const message of outside) expect(message).toContain("of objects that exist too");
});
