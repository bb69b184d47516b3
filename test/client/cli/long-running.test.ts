/** `serve` and `exec` in this process. `loopback.test.ts` has them as they are built. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { run } from "../../../shared/client/src/cli/run.ts";
import { freshCredentials } from "../../../shared/client/src/cli/service.ts";
import { good, problem, secret } from "../fake-service.ts";
import { keyvend, record } from "./keyvend.ts";
import { useSurroundings } from "./surroundings.ts";

const here = useSurroundings();

beforeEach(() => {
  vi.stubEnv("TMPDIR", here.folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe("serve", () => {
  /** Starts it, and ends it by a signal when `meanwhile` is done. */
  async function serving(words: string[], meanwhile: (out: string) => Promise<void>, variables = {}) {
    const { io, text } = record({ ...here.env, ...variables });
    const status = run(["serve", ...words], io);
    await vi.waitFor(() => expect(text.out).not.toBe(""));
    await meanwhile(text.out);
    process.listeners("SIGHUP").at(-1)?.("SIGHUP");
    return { status: await status, ...text };
  }

  test("writes where it is for a shell, and answers there until a signal ends it", async () => {
    let tokenFile = "";
    const { status, err } = await serving([], async (out) => {
      const variables = Object.fromEntries(
        [...out.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
      );
      tokenFile = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] ?? "";
      const authorization = await readFile(tokenFile, "utf8");
      const answer = await fetch(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "", {
        headers: { authorization },
      });
      expect(await answer.json()).toMatchObject({ SecretAccessKey: secret });
      expect(variables["AWS_REGION"]).toBe("eu-central-1");
      expect(out).not.toContain(authorization);
    });
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(existsSync(tokenFile)).toBe(false);
    expect(here.service.requests).toHaveLength(1);
  });

  test("takes the port that it is given, and says so if another has it", async () => {
    await serving(["--json"], async (out) => {
      const { port } = new URL(JSON.parse(out).AWS_CONTAINER_CREDENTIALS_FULL_URI);
      const second = await keyvend(["serve", "--port", port], here.env);
      expect(second).toMatchObject({ status: 2, out: "" });
      expect(second.err).toContain(`Port ${port} is not free.`);
    });
  });

  test("says where its token is from every folder, and what is wrong with TMPDIR", async () => {
    vi.stubEnv("TMPDIR", relative(".", here.folder));
    await serving(["--json"], async (out) => {
      const path = JSON.parse(out).AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
      expect(path.startsWith(`${here.folder}/`)).toBe(true);
    });
    vi.stubEnv("TMPDIR", join(here.folder, "none"));
    for (const words of [["serve"], ["exec", "true"]]) {
      const { status, out, err } = await keyvend(words, here.env);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toContain(
        `Nothing can be written in ${join(here.folder, "none")} (ENOENT). Set TMPDIR to a folder in which you can write.`,
      );
    }
  });

  test("says once why it has no credentials at the start", async () => {
    here.service.alwaysReply(good({ Endpoint: "https://x/';id;'" }));
    for (const words of [["serve"], ["exec", "true"]]) {
      const { status, err } = await keyvend(words, here.env);
      expect(status).toBe(1);
      expect(err).toBe("keyvend: No good address. Check that KEYVEND_URL is a keyvend service.\n");
    }
  });

  test("takes no port from what Kubernetes tells of a Service that is called keyvend", async () => {
    const ofService = {
      KEYVEND_PORT: "tcp://10.0.0.1:8080",
      KEYVEND_PORT_8080_TCP: "tcp://10.0.0.1:8080",
      KEYVEND_PORT_8080_TCP_ADDR: "10.0.0.1",
      KEYVEND_SERVICE_HOST: "10.0.0.1",
      KEYVEND_SERVICE_PORT: "8080",
    };
    const readPort = async (out: string) => {
      const { port } = new URL(JSON.parse(out).AWS_CONTAINER_CREDENTIALS_FULL_URI);
      expect(port).not.toBe("8080");
    };
    expect(await serving(["--json"], readPort, ofService)).toMatchObject({ status: 0, err: "" });
    const asked = await keyvend(["serve", "--port", "tcp://10.0.0.1:8081"], { ...here.env, ...ofService });
    expect(asked.err).toContain("--port must be a number");
  });

  test("writes the token where it is told, for containers, and says where AWS's SDKs ask no more", async () => {
    const path = join(here.folder, "token-of-the-endpoint");
    const { status, err } = await serving(
      ["--json", "--address", "127.0.0.2", "--token-out", path],
      async (out) => {
        const variables = JSON.parse(out);
        expect(variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE).toBe(path);
        expect(variables.AWS_CONTAINER_CREDENTIALS_FULL_URI).toMatch(
          /^http:\/\/127\.0\.0\.2:\d+\/credentials$/,
        );
        const authorization = await readFile(path, "utf8");
        const answer = await fetch(variables.AWS_CONTAINER_CREDENTIALS_FULL_URI, {
          headers: { authorization },
        });
        expect(await answer.json()).toMatchObject({ SecretAccessKey: secret });
      },
    );
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(existsSync(path)).toBe(false);
  });

  test("leaves nothing open where the token cannot be written", async () => {
    const { status, err } = await keyvend(
      ["serve", "--token-out", join(here.folder, "none/token")],
      here.env,
    );
    expect(status).toBe(2);
    expect(err).toContain("ENOENT");
  });

  test("says so if no network of this machine has the address", async () => {
    const { status, err } = await keyvend(["serve", "--address", "169.254.170.77"], here.env);
    expect(status).toBe(2);
    expect(err).toContain("No network of this machine has the address 169.254.170.77.");
  });

  test.each(["65536", "-1", "http"])("refuses the port %s", async (port) => {
    expect(await keyvend(["serve", `--port=${port}`], here.env)).toMatchObject({ status: 2, out: "" });
  });
});

describe("exec", { timeout: 60_000 }, () => {
  test("gives its command an endpoint, and ends with the command's status", async () => {
    await writeFile(
      join(here.folder, "program.mjs"),
      `import { writeFileSync } from "node:fs";
       const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = process.env;
       const answer = await fetch(url, { headers: { authorization } });
       writeFileSync("${here.folder}/answer", JSON.stringify([await answer.json(), process.env.AWS_CONFIG_FILE]));
       process.exitCode = 5;`,
    );
    const { status, err } = await keyvend(
      ["exec", "--", process.execPath, join(here.folder, "program.mjs")],
      here.env,
    );
    expect({ status, err }).toEqual({ status: 5, err: "" });
    const [credentials, configFile] = JSON.parse(await readFile(join(here.folder, "answer"), "utf8"));
    expect(credentials).toMatchObject({ SecretAccessKey: secret });
    expect(existsSync(configFile)).toBe(false);
    expect(here.service.requests).toHaveLength(1);
  });

  test("does not start it without credentials", async () => {
    here.service.alwaysReply(problem(403, "no_grant"));
    const code = `require("node:fs").writeFileSync("${here.folder}/started", "")`;
    const { status } = await keyvend(["exec", "--", process.execPath, "-e", code], here.env);
    expect(status).toBe(1);
    expect(existsSync(join(here.folder, "started"))).toBe(false);
  });
});

test("a refresh that fails is a warning, and the credentials stay in use", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { io, text } = record(here.env);
  const settings = {
    ...{
      url: here.service.url,
      storage: "lake",
      target: [],
      permission: undefined,
      durationSeconds: undefined,
    },
    identity: { kind: "token", tokenFile: undefined, audience: "keyvend" },
  } as const;
  const vend = freshCredentials({ ...settings, target: [] }, io);
  const first = await vend();
  vi.setSystemTime(Date.now() + 2_700_000);
  here.service.reply(problem(403, "no_grant", { message: "\u001b[2Jno" }));
  expect(await vend()).toBe(first);
  await vi.waitFor(() => expect(text.err).toBe("keyvend: no_grant: ?[2Jno\n"));
  here.service.alwaysReply(good({ AccessKeyId: "ASIANEXT" }));
  vi.setSystemTime(Date.now() + 31_000);
  await vend();
  await vi.waitFor(async () => expect((await vend()).source.AccessKeyId).toBe("ASIANEXT"));
});
