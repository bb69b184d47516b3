/** `npm run revoke -- --server`: what an operator of a server revokes, without Lambda and without AWS. */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { startDynamodb } from "../../../infra/local/dynamodb.ts";
import { runServer } from "../../functions/server/running-server.ts";

const command = resolve(import.meta.dirname, "../../../infra/revoke/revoke.ts");

/** Runs the command in a folder; its exit status, and all that it says. */
async function revoke(cwd: string, line: string, env: Record<string, string> = {}) {
  const args = [command, "--server", "--config", "vending.yml", ...line.split(" ")];
  // Of this process's environment nothing: no credentials, no region.
  return promisify(execFile)(process.execPath, args, { cwd, env }).then(
    ({ stdout }) => ({ status: 0, said: stdout }),
    ({ code, stderr }) => ({ status: code as number, said: String(stderr) }),
  );
}

const alice = "--principal alice --issuer local";

test("with the table in memory it writes the file beside the configuration, and undoes it", async () => {
  const { folder, start, vend } = await runServer();
  await start();
  expect((await vend()).status).toBe(200);
  const codeIs = (code: string | undefined) =>
    expect.poll(async () => (await vend()).body.code, { timeout: 30_000 }).toBe(code);

  const dry = await revoke(folder, `${alice} --dry-run`);
  expect(dry.said).toContain("Nothing was changed");
  expect((await revoke(folder, "--list")).said).toContain("Nothing is revoked, and nothing flushed.");
  const { status, said } = await revoke(folder, `${alice} --note leaked`);
  expect(status).toBe(0);
  expect(said).toContain("The principal alice of local gets nothing from");
  expect(said).toContain("storage lake: what was vended before CAN STILL BE USED until");
  const file = join(folder, "vending.revocations.json");
  expect(((await stat(file)).mode & 0o777).toString(8)).toBe("644");
  const { revoked } = JSON.parse(await readFile(file, "utf8"));
  expect(revoked).toMatchObject([{ kind: "principal", name: "alice", issuer: "local", note: "leaked" }]);
  expect(revoked[0].by).toMatch(/^.+@.+$/);
  await codeIs("revoked");

  expect((await revoke(folder, "--list")).said).toContain("revoked: principal alice of local");
  // What was issued until ten seconds after the revocation may have been ended at its store: the server waits that long.
  expect((await revoke(folder, `--undo ${alice}`)).status).toBe(0);
  await codeIs(undefined);
});

test("what another run is writing is not overwritten, and a record that is not ours is left alone", async () => {
  const { folder, put } = await runServer();
  await put("vending.revocations.json.new", "");
  const locked = await revoke(folder, alice);
  expect(locked).toMatchObject({ status: 1 });
  expect(locked.said).toContain("vending.revocations.json.new is there: another run writes it now");
  const other = await runServer();
  await other.put("vending.revocations.json", '{"revoked":"all"}', 0o644);
  expect(await revoke(other.folder, alice)).toMatchObject({ status: 1 });
  expect(await readFile(join(other.folder, "vending.revocations.json"), "utf8")).toBe('{"revoked":"all"}');
});

test("with a table it writes the table's row, by the server's own way to it", async () => {
  const table = "keyvend-server";
  const dynamodb = await startDynamodb(0, table);
  onTestFinished(dynamodb.close);
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { folder, start, put, vend } = await runServer({ server: { table } });
  await put("secrets/sealing-key", JSON.stringify({ current: "k1", k1: "k".repeat(40) }));
  await start();
  expect((await vend()).status).toBe(200);
  expect((await revoke(folder, alice, environment)).status).toBe(0);
  await expect.poll(async () => (await vend()).body.code, { timeout: 10_000 }).toBe("revoked");
  expect((await revoke(folder, alice)).said).toContain("AWS_REGION");
});
