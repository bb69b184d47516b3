import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCli } from "../../../shared/client/build-cli.ts";
import { type Client, environmentOf, type Working } from "./client.ts";
import { neededBesides, type Way } from "./needed-besides.ts";
import { expectToStayInside } from "./proofs.ts";
import { refusedWithoutToken, type UnderTest } from "./suite.ts";

/** How a person starts a program with the command. A shell puts the program's words for `"$@"`. */
const ways: Readonly<Record<Way, string>> = {
  exec: 'keyvend exec -- "$@"',
  env: 'variables="$(keyvend env)" && eval "$variables" && exec "$@"',
};

/** keyvend's own settings, the identity among them, and what a shell has that must not win over them. */
const shell = {
  KEYVEND_URL: "{service}",
  KEYVEND_STORAGE: "{storage}",
  KEYVEND_TARGET: "{target}",
  KEYVEND_TOKEN_FILE: "{tokenFile}",
  AWS_ACCESS_KEY_ID: "AKIAOFTHISSHELL00000",
  AWS_SECRET_ACCESS_KEY: "of-this-shell",
  AWS_PROFILE: "of-this-shell",
};

/** What a client does that the built command starts. Of keyvend it gets nothing but what the command gives it. */
export function testUnderKeyvend(client: Client, underTest: () => UnderTest<Working>): void {
  describe("started by the command", () => {
    let proxy: Awaited<ReturnType<typeof startProxy>>;
    beforeAll(async () => {
      proxy = await startProxy();
    });
    afterAll(() => proxy?.close());

    async function withClient(way: Way, storage: string, use: (s3: Working) => Promise<void>): Promise<void> {
      const place = underTest().world.placeOf(storage, storage === "tenants" ? `of-${client.name}/` : "");
      const environment = { ...shell, ...neededBesides(way, client), ...(way === "exec" && proxy.variables) };
      const variables = environmentOf({ ...client, environment }, place, false);
      const s3 = await client.start(place, { ...variables, STARTED_BY: await script(way) });
      try {
        await use(s3);
      } finally {
        await s3.close();
      }
    }

    test("under `exec`, it works under its prefix and is refused outside of it, past a proxy of the shell's", async () => {
      await withClient("exec", "tenants", (s3) =>
        expectToStayInside(underTest().world, s3, `of-${client.name}/exec/`, client.sendsAcl === undefined),
      );
      expect(proxy.requests).toEqual([]);
    });

    const staticWay: Way = client.longTermKeyBy === undefined ? "exec" : "env";
    test(`by \`${staticWay}\`, it works with a long-term key`, async () => {
      const key = `of-${client.name}/long-term/${staticWay}`;
      if (staticWay === "env")
        await withClient("exec", "archive", (s3) =>
          expect(s3.put(key, "kept long")).rejects.toThrow(refusedWithoutToken),
        );
      await withClient(staticWay, "archive", async (s3) => {
        await s3.put(key, "kept long");
        expect(await s3.get(key)).toBe("kept long");
      });
    });
  });
}

let scripts: Promise<string> | undefined;

/** A script that starts a program in one of the ways, by the command as it is built. */
async function script(way: Way): Promise<string> {
  scripts ??= writeScripts();
  return join(await scripts, way);
}

async function writeScripts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-ways-"));
  const main = await buildCli(folder);
  const keyvend = `keyvend() { "${process.execPath}" "${main}" "$@"; }`;
  for (const [way, line] of Object.entries(ways))
    writeFileSync(join(folder, way), `#!/bin/sh\n${keyvend}\n${line}\n`, { mode: 0o755 });
  return folder;
}

/** A proxy that lets nothing through, and notes what it is asked for. */
async function startProxy() {
  const requests: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    requests.push(url);
    response.writeHead(502).end();
  }).on("connect", ({ url = "" }, socket) => {
    requests.push(url);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    requests,
    variables: { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, https_proxy: url },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
