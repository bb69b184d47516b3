import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Environment } from "../../identity-sources/environment.ts";
import { VendingError } from "../../vending-error.ts";

/** A setting, and the variable that it stands in. */
interface Variable {
  name: string;
  value: string;
}

/** The proxy for https, under the names that curl, pip and the AWS CLI know. One for http would never be used. */
const proxyNames = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/** The certificates of authorities, under the names that the AWS CLI, OpenSSL, Python and curl know. */
const bundleNames = ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/** The variables that lead Node's own `fetch` to a proxy where Node is told so. */
const nodesOwn = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/** No proxy leads back to it. */
const thisMachine = /^(localhost|127(\.\d+){3}|\[::1])$/;

/** What an environment says of the way to the network. */
export interface NetworkSettings {
  proxy: Variable | undefined;
  /** Hosts that are reached without the proxy, with commas or spaces. */
  noProxy: string;
  /** Might Node's own `fetch` take a proxy, by rules of its own? */
  isNodeLed: boolean;
  bundle: Variable | undefined;
}

/** The first of these variables that is not empty. */
function firstOf(names: readonly string[], env: Environment): Variable | undefined {
  return names.map((name) => ({ name, value: env[name] ?? "" })).find(({ value }) => value !== "");
}

/**
 * Reads the variables that people set for all their programs.
 *
 * @example networkSettings({ HTTPS_PROXY: "http://proxy.example.com:3128" }).proxy?.value
 */
export function networkSettings(env: Environment): NetworkSettings {
  return {
    proxy: firstOf(proxyNames, env),
    noProxy: env["no_proxy"] || env["NO_PROXY"] || "",
    isNodeLed: firstOf(nodesOwn, env) !== undefined,
    bundle: firstOf(bundleNames, env),
  };
}

/** A proxy that a request goes through, and the variable that names it. */
export interface NamedProxy {
  url: URL;
  name: string;
}

/**
 * The proxy for an address. None for plain http, which goes no further than this machine, for this machine, and for what
 * `NO_PROXY` names: a host, a domain with or without a dot before it, either with a port, or `*`.
 *
 * @throws VendingError `invalid_options`, as `proxyUrl`
 */
export function proxyFor(
  { protocol, hostname, port }: URL,
  settings: NetworkSettings,
): NamedProxy | undefined {
  const { proxy, noProxy } = settings;
  if (proxy === undefined || protocol !== "https:" || thisMachine.test(hostname)) return undefined;
  const isNamed = noProxy.split(/[,\s]+/).some((entry) => {
    const [, name = "", ofPort = port] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    return (
      entry === "*" ||
      (name !== "" && `.${hostname}`.endsWith(`.${name}`) && (port || "443") === (ofPort || "443"))
    );
  });
  return isNamed ? undefined : { url: proxyUrl(proxy), name: proxy.name };
}

/**
 * The address of a proxy. As for other programs, `proxy.example.com:3128` means http.
 *
 * @throws VendingError `invalid_options` that names the variable and does not show it: a proxy's address may hold a password
 */
function proxyUrl({ name, value }: Variable): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.hostname !== "") return url;
  throw new VendingError(
    "invalid_options",
    `${name} names no proxy that keyvend can use: it must be http://host:port or https://host:port.`,
  );
}

/**
 * The certificates of a bundle, in PEM.
 *
 * @throws VendingError `invalid_options` that names the variable and its file
 */
export function certificatesIn({ name, value: path }: Variable): string[] {
  const fail = (what: string) =>
    new VendingError(
      "invalid_options",
      `${name} is ${path}, ${what}: it must be a file of certificates in PEM.`,
    );
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fail(`which cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw fail("which holds no certificate");
  if (!certificates.every(isCertificate)) throw fail("in which a certificate cannot be read");
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
