import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { awsConfigFile, childEnvironment, runCommand } from "../../../shared/client/src/cli/child-process.ts";
import { address, pathStyle } from "../../formats/samples.ts";

const endpoint = { url: "http://127.0.0.1:1/credentials", token: "endpoint-token" };

describe("the environment of a child", () => {
  test("is the caller's, with the endpoint, the address and files of its own", () => {
    expect(childEnvironment({ PATH: "/bin", LANG: undefined }, address, endpoint, "/f/config")).toEqual({
      PATH: "/bin",
      LANG: undefined,
      AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: endpoint.token,
      AWS_CONFIG_FILE: "/f/config",
      AWS_SHARED_CREDENTIALS_FILE: "/f/config.none",
    });
  });

  test.each([
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    // Windows does not tell the cases apart.
    "aws_access_key_id",
  ])("has no %s: an SDK would take it first", (name) => {
    expect(childEnvironment({ [name]: "own" }, address, endpoint, "/f")).not.toHaveProperty(name);
  });

  test.each([
    "AWS_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
  ])("has a %s that is not the caller's", (name) => {
    expect(childEnvironment({ [name]: "own" }, address, endpoint, "/f")[name]).not.toBe("own");
  });

  test("has path style in a file, because no variable says it", () => {
    expect(awsConfigFile({ ...address, ...pathStyle })).toBe("[default]\ns3 =\n  addressing_style = path\n");
    expect(awsConfigFile(address)).toBe("[default]\ns3 =\n  addressing_style = auto\n");
  });
});

describe("a command", { timeout: 60_000 }, () => {
  let folder: string;
  let errors: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyvend-child-"));
    errors = "";
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  const err = (text: string) => {
    errors += text;
  };
  const runNode = (code: string) => runCommand([process.execPath, "-e", code], { FOLDER: folder }, err);

  /** Runs a program that has said that it is there, and does something to this process meanwhile. */
  async function whileRunning(code: string, meanwhile: () => void): Promise<number> {
    const ready = join(folder, "ready");
    const status = runNode(`${code}; setInterval(() => {}, 1000);
      require("node:fs").writeFileSync(process.env.FOLDER + "/ready", "")`);
    await vi.waitFor(() => expect(existsSync(ready)).toBe(true), { timeout: 30_000 });
    meanwhile();
    return status;
  }

  test.each([0, 3, 255])("ends with its own status %i", async (status) => {
    expect(await runNode(`process.exit(${status})`)).toBe(status);
  });

  test("has this environment and no other", async () => {
    await runNode(
      `require("node:fs").writeFileSync(process.env.FOLDER + "/env", JSON.stringify(process.env))`,
    );
    expect(JSON.parse(readFileSync(join(folder, "env"), "utf8"))).toEqual({ FOLDER: folder });
  });

  test("that a signal ended is 128 and the signal's number", async () => {
    expect(await runNode(`process.kill(process.pid, "SIGKILL")`)).toBe(137);
  });

  test("that is not there is 127, and its name is safe on a terminal", async () => {
    expect(await runCommand(["no-such-\u001b[2Jcommand"], {}, err)).toBe(127);
    expect(errors).toBe("keyvend: no-such-?[2Jcommand cannot be run (ENOENT).\n");
  });

  test("that may not be run is 126", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    chmodSync(file, 0o600);
    expect(await runCommand([file], {}, err)).toBe(126);
    expect(errors).toContain("EACCES");
  });

  test.each(["SIGTERM", "SIGHUP", "SIGUSR2", "SIGINT"] as const)("gets %s", async (signal) => {
    expect(
      await whileRunning(`process.on("${signal}", () => process.exit(7))`, () =>
        process.listeners(signal).at(-1)?.(signal),
      ),
    ).toBe(7);
  });

  test("does not get from here what its terminal sends it anyway", async () => {
    const { isTTY } = process.stdin;
    process.stdin.isTTY = true;
    try {
      const status = whileRunning(
        `process.on("SIGINT", () => process.exit(7)); process.on("SIGTERM", () => process.exit(8))`,
        () => {
          process.listeners("SIGINT").at(-1)?.("SIGINT");
          setTimeout(() => process.listeners("SIGTERM").at(-1)?.("SIGTERM"), 300);
        },
      );
      expect(await status).toBe(8);
    } finally {
      process.stdin.isTTY = isTTY;
    }
  });

  test("leaves nothing behind that listens to signals", async () => {
    const before = process.listenerCount("SIGTERM");
    await runNode("");
    await runCommand(["no-such-command"], {}, err);
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
