import { VendingError } from "../../vending-error.ts";
import type { NamedProxy } from "./network-settings.ts";

/** Codes of Node and undici, by what they mean to a person. */
const meanings: readonly (readonly [codes: RegExp, meaning: (place: string) => string])[] = [
  [/^(ENOTFOUND|EAI_\w+)$/, (place) => `There is no address for ${place}. Check the name, and DNS.`],
  [/^ECONNREFUSED$/, (place) => `${place} refuses the connection. Check the address, and that it runs.`],
  [
    /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    (place) => `The certificate of ${place} is not valid now. Check the clock, or tell its operator.`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    (place) => `The certificate that ${place} shows is for another name. Check the address.`,
  ],
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_)/,
    (place) =>
      `The authority behind the certificate of ${place} is not trusted. Set AWS_CA_BUNDLE to a file with its certificate.`,
  ],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO)/, (place) => `${place} does not speak TLS as it should. Check the address.`],
  [
    /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/,
    (place) => `${place} closed the connection. Check the address, and what is between.`,
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    (place) => `${place} cannot be reached. Check the network, and whether a proxy is needed (HTTPS_PROXY).`,
  ],
];

/** Something failed on the way to the proxy, and not behind it. */
export class ProxyFailure extends Error {
  override readonly name = "ProxyFailure";

  constructor(cause: Error) {
    super("No connection to the proxy.", { cause });
  }
}

/**
 * A host in the words of an error, with the proxy that stands before it.
 *
 * @example placeOf(new URL("https://vend.example.com"), undefined) // "the host vend.example.com"
 */
export function placeOf({ host }: URL, proxy: NamedProxy | undefined): string {
  return `the host ${host}${proxy ? ` (through the proxy ${proxy.url.host} of ${proxy.name})` : ""}`;
}

/**
 * The error for a request that got no answer: it names what failed, where, and with which code.
 *
 * @param proxy the one that the request went through
 * @example throw noConnection(error, new URL("https://vend.example.com"), undefined)
 */
export function noConnection(failure: unknown, url: URL, proxy: NamedProxy | undefined): VendingError {
  const causes = causesOf(failure);
  const { code = "no code", message } = causes.at(-1) ?? {};
  const fail = (text: string) =>
    new VendingError("network", `${text[0]?.toUpperCase()}${text.slice(1)}`, { cause: failure });
  // The list is in the standard of `fetch`: ports of other protocols, such as 6000 and 6667.
  if (message === "bad port")
    return fail(
      `port ${url.port} is one that no HTTP client of Node.js connects to. Check the address, or use another port.`,
    );
  const before = proxy && `the proxy ${proxy.url.host} (${proxy.name})`;
  const refusal = /Proxy response \((\d+)\)/.exec(String(message))?.[1];
  if (before && refusal)
    return fail(
      `${before} refuses to connect to ${url.host}, with status ${refusal}.${refusal === "407" ? " It wants a user and a password: http://user:password@host:port." : ""}`,
    );
  const isAtProxy = causes.some((cause) => cause instanceof ProxyFailure);
  const place = before && isAtProxy ? before : placeOf(url, proxy);
  const meaning = meanings.find(([codes]) => codes.test(code))?.[1];
  const text = meaning?.(place) ?? `No connection to ${place}. Check the address and the network.`;
  const aim = before && isAtProxy ? ` The request was for ${url.host}.` : "";
  return fail(`${text}${aim} (${code})`);
}

interface SystemError {
  code?: string;
  message?: string;
}

/** `fetch` wraps what happened, at times twice. Of several addresses, each of which failed, one tells enough. */
function causesOf(failure: unknown): SystemError[] {
  const { cause, errors } = Object(failure) as { cause?: unknown; errors?: unknown[] };
  const inner = cause ?? errors?.[0];
  return [Object(failure), ...(inner === undefined ? [] : causesOf(inner))];
}
