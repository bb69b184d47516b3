import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildCli } from "../../../shared/client/build-cli.ts";
import { networkSettings } from "../../../shared/client/src/cli/network/network-settings.ts";
import { useNetwork } from "../../../shared/client/src/cli/network/use-network.ts";
import { selfSigned } from "../../net/self-signed.ts";
import { good, token } from "../fake-service.ts";
import { keyvend } from "./keyvend.ts";
import { start } from "./process.ts";

const { key, cert } = selfSigned("vend.example.test");
const builtIn = globalThis.fetch;
let folder: string;
let bundle: string;
let service: Server;
let proxy: Server;
/** What the proxy was asked to connect to, and with which user. */
let connections: { target: string | undefined; user: string | undefined }[];
/** The status with which the proxy refuses; undefined: it connects, and always to the service. */
let refusal: number | undefined;

const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keyvend-network-"));
  bundle = join(folder, "company.pem");
  writeFileSync(bundle, `The company's own.\n${cert}`);
  service = createServer({ key, cert }, (request, response) => good()(response, request));
  proxy = createHttpServer((_, response) => response.end());
  proxy.on("connect", (request, socket) => {
    connections.push({ target: request.url, user: request.headers["proxy-authorization"] });
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(portOf(service), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  for (const server of [service, proxy]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
});

beforeEach(() => {
  connections = [];
  refusal = undefined;
});

afterEach(() => {
  globalThis.fetch = builtIn;
});

afterAll(() => {
  for (const server of [service, proxy]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

const proxyAddress = () => `http://user:pass%40word@127.0.0.1:${portOf(proxy)}`;
const url = "https://vend.example.test/v1/storages";

/** The words of the failure of one request in this environment. */
async function failureOf(address: string, env: Record<string, string>): Promise<string> {
  useNetwork(env);
  return fetch(new URL(address)).then(
    () => "none",
    (error: Error) => error.message,
  );
}

test("the command goes through the proxy, with its user, and trusts the bundle", async () => {
  const env = { HTTPS_PROXY: proxyAddress(), AWS_CA_BUNDLE: bundle, KEYVEND_TOKEN: token };
  const words = ["env", "--url", "https://vend.example.test", "--storage", "lake", "--shell", "json"];
  const { status, out, err } = await keyvend(words, env);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(JSON.parse(out)).toMatchObject({ AWS_ACCESS_KEY_ID: "ASIAEXAMPLE" });
  expect(connections).toEqual([{ target: "vend.example.test:443", user: `Basic ${btoa("user:pass@word")}` }]);
});

test("the library goes through the proxy where Node.js is told so", async () => {
  const program = `
    import { fromVending } from ${JSON.stringify(resolve("shared/client/src/index.ts"))};
    const { accessKeyId } = await fromVending({ url: "https://vend.example.test", storage: "lake", token: "t" })();
    console.log(accessKeyId);`;
  const env = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: proxyAddress(), NODE_EXTRA_CA_CERTS: bundle };
  const file = join(folder, "program.mjs");
  writeFileSync(file, program);
  expect(await start(file, [], env).result).toMatchObject({ status: 0, out: "ASIAEXAMPLE\n" });
  expect(connections).toHaveLength(1);
});

describe("proxies are set as for other programs", () => {
  test.each([
    ["https_proxy", (address: string) => address],
    ["HTTPS_PROXY without a scheme", (address: string) => address.replace("http://", "")],
    ["all_proxy", (address: string) => address],
    ["ALL_PROXY", (address: string) => address],
  ])("%s", async (name, form) => {
    useNetwork({ [name.split(" ")[0] ?? ""]: form(proxyAddress()), SSL_CERT_FILE: bundle });
    expect((await fetch(url)).status).toBe(200);
    expect(connections).toHaveLength(1);
  });

  test.each([
    ["the host", { NO_PROXY: "other.example.test,vend.example.test" }],
    ["the domain", { no_proxy: ".example.test" }],
    ["everything", { no_proxy: "*" }],
  ])("but not where NO_PROXY names %s", async (_, exception) => {
    expect(await failureOf(url, { HTTPS_PROXY: proxyAddress(), ...exception })).toMatch(
      /^There is no address for the host vend\.example\.test\. .*\((ENOTFOUND|EAI_AGAIN)\)$/,
    );
    expect(connections).toEqual([]);
  });

  test("and never for this machine, by https or by http", async () => {
    useNetwork({ HTTPS_PROXY: proxyAddress(), HTTP_PROXY: proxyAddress(), SSL_CERT_FILE: bundle });
    expect((await fetch(`https://127.0.0.1:${portOf(service)}/`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${portOf(proxy)}/`)).status).toBe(200);
    expect(connections).toEqual([]);
  });

  test.each(["variable", "option"])("nor where Node.js itself takes proxies by a %s", async (kind) => {
    const plain = createHttpServer((request, response) => good()(response, request));
    plain.listen(0, "127.0.0.1");
    await once(plain, "listening");
    const env = {
      ...(kind === "variable" ? { NODE_USE_ENV_PROXY: "1" } : { NODE_OPTIONS: "--use-env-proxy" }),
      ...{ HTTP_PROXY: proxyAddress(), NO_PROXY: "", KEYVEND_TOKEN: token, KEYVEND_STORAGE: "lake" },
      KEYVEND_URL: `http://127.0.0.1:${portOf(plain)}`,
    };
    const { status, err } = await start(await buildCli(join(folder, "cli")), ["env"], env).result;
    plain.close();
    expect({ status, err, connections }).toEqual({ status: 0, err: "", connections: [] });
  });
});

test.each(["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])(
  "%s names authorities that are trusted too",
  async (name) => {
    useNetwork({ [name]: bundle });
    expect((await fetch(`https://127.0.0.1:${portOf(service)}/`)).status).toBe(200);
  },
);

describe("a failure says what failed, and what to do", () => {
  test("an authority that is not trusted", async () => {
    const words = await failureOf(`https://127.0.0.1:${portOf(service)}`, {});
    expect(words).toMatch(
      /^The authority behind the certificate of the host 127\.0\.0\.1:\d+ is not trusted\. Set AWS_CA_BUNDLE/,
    );
  });

  test("a certificate for another name", async () => {
    const words = await failureOf(`https://localhost.localdomain:${portOf(service)}`, {
      HTTPS_PROXY: proxyAddress(),
      AWS_CA_BUNDLE: bundle,
    });
    expect(words).toMatch(/shows is for another name\. .*ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  test("a port that nothing listens on", async () => {
    const closed = createHttpServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const place = `127.0.0.1:${portOf(closed)}`;
    closed.close();
    const words = await failureOf(`https://${place}`, {});
    expect(words).toBe(
      `The host ${place} refuses the connection. Check the address, and that it runs. (ECONNREFUSED)`,
    );
  });

  test("no TLS", async () => {
    const words = await failureOf(`https://127.0.0.1:${portOf(proxy)}`, {});
    expect(words).toMatch(/does not speak TLS as it should/);
  });

  test("a proxy that is not there, without its password", async () => {
    const words = await failureOf(url, { HTTPS_PROXY: "http://user:password@127.0.0.1:9" });
    expect(words).toBe(
      "The proxy 127.0.0.1:9 (HTTPS_PROXY) refuses the connection. Check the address, and that it runs. The request was for vend.example.test. (ECONNREFUSED)",
    );
  });

  test("a proxy that speaks no TLS, and is said to", async () => {
    const words = await failureOf(url, { HTTPS_PROXY: `https://127.0.0.1:${portOf(proxy)}` });
    expect(words).toMatch(
      /^The proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) does not speak TLS as it should\. .* for vend\.example\.test\. \(/,
    );
  });

  test("no answer in time, and from which of them", { timeout: 60_000 }, async () => {
    const silent = createHttpServer(() => {}).on("connect", () => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const place = `http://127.0.0.1:${portOf(silent)}`;
    const env = { KEYVEND_URL: place, HTTPS_PROXY: place, KEYVEND_TOKEN: token, KEYVEND_STORAGE: "lake" };
    const job = { ACTIONS_ID_TOKEN_REQUEST_URL: place, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t" };
    // At once, because each of them takes its time.
    const [direct, between, github] = await Promise.all([
      keyvend(["env"], env),
      keyvend(["env", "--url", "https://vend.example.test"], env),
      keyvend(["env", "--identity", "github-actions"], { ...env, ...job }),
    ]);
    silent.closeAllConnections();
    silent.close();
    expect(direct.err).toMatch(
      /^keyvend: No answer from the host 127\.0\.0\.1:\d+ in \d+ s\. Check KEYVEND_URL and the network\.\n$/,
    );
    expect(between.err).toMatch(
      /^keyvend: No answer from the host vend\.example\.test \(through the proxy 127\.0\.0\.1:\d+ of HTTPS_PROXY\) in \d+ s\. /,
    );
    expect(github.err).toBe("keyvend: No answer from GitHub. Check the network.\n");
  });

  test("a port that fetch does not connect to", async () => {
    expect(await failureOf("https://vend.example.test:6667", {})).toBe(
      "Port 6667 is one that no HTTP client of Node.js connects to. Check the address, or use another port.",
    );
  });

  test("a certificate that has expired", async () => {
    const old = createServer(selfSigned("old.example.test", "210101000000Z")).listen(0, "127.0.0.1");
    await once(old, "listening");
    const words = await failureOf(`https://127.0.0.1:${portOf(old)}`, {});
    old.close();
    expect(words).toMatch(
      /^The certificate of the host 127\.0\.0\.1:\d+ is not valid now\. .* \(CERT_HAS_EXPIRED\)$/,
    );
  });

  test("a folder of certificates", async () => {
    expect(await failureOf(url, { REQUESTS_CA_BUNDLE: folder })).toMatch(
      /^REQUESTS_CA_BUNDLE is .*, which cannot be read \(EISDIR\): it must be a file of certificates in PEM\.$/,
    );
  });

  test.each([
    [
      403,
      /^The proxy 127\.0\.0\.1:\d+ \(ALL_PROXY\) refuses to connect to vend\.example\.test, with status 403\.$/,
    ],
    [407, /with status 407\. It wants a user and a password/],
  ])("a proxy that refuses with %i", async (status, words) => {
    refusal = status;
    expect(await failureOf(url, { ALL_PROXY: `http://127.0.0.1:${portOf(proxy)}` })).toMatch(words);
  });

  test.each([
    [
      { HTTPS_PROXY: "socks5://user:password@127.0.0.1:1080" },
      /^HTTPS_PROXY names no proxy that keyvend can use/,
    ],
    [{ HTTPS_PROXY: "http://:password" }, /^HTTPS_PROXY names no proxy/],
    [
      { AWS_CA_BUNDLE: "/nowhere/at/all.pem" },
      /^AWS_CA_BUNDLE is \/nowhere\/at\/all\.pem, which cannot be read \(ENOENT\)/,
    ],
    [{ SSL_CERT_FILE: import.meta.filename }, /^SSL_CERT_FILE is .*, which holds no certificate/],
  ])("%j", async (env, words) => {
    const failure = await failureOf(url, env);
    expect(failure).toMatch(words);
    expect(failure).not.toContain("password");
  });
});

test("a variable that is empty is as good as none", () => {
  expect(networkSettings({ no_proxy: "", NO_PROXY: "vend.example.test" }).noProxy).toContain(
    "vend.example.test",
  );
  expect(networkSettings({ HTTPS_PROXY: "", AWS_CA_BUNDLE: "", SSL_CERT_FILE: "/a.pem" })).toMatchObject({
    proxy: undefined,
    bundle: { name: "SSL_CERT_FILE", value: "/a.pem" },
  });
});
