import { VendingError } from "../../vending-error.ts";

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

/**
 * The error for a request that got no answer: it names what failed, where, and with which code.
 *
 * @param proxy the one that the request went through, and the variable that names it
 * @example throw noConnection(error, new URL("https://vend.example.com"), undefined)
 */
export function noConnection(
  failure: unknown,
  { host }: URL,
  proxy: { url: URL; name: string } | undefined,
): VendingError {
  const cause = deepest(failure);
  const { code = "no code" } = cause;
  const refusal = /Proxy response \((\d+)\)/.exec(String(cause.message))?.[1];
  const isAtProxy = proxy !== undefined && (refusal !== undefined || isOf(proxy.url, cause));
  const place = isAtProxy ? `the proxy ${proxy.url.host} (${proxy.name})` : host;
  const meaning = meanings.find(([codes]) => codes.test(code))?.[1];
  const words =
    refusal === undefined
      ? (meaning?.(place) ?? `No connection to ${place}. Check the address and the network.`)
      : `${place} refuses to connect to ${host}, with status ${refusal}.${refusal === "407" ? " It wants a user and a password: http://user:password@host:port." : ""}`;
  const sentence = `${words[0]?.toUpperCase()}${words.slice(1)}`;
  return new VendingError("network", refusal ? sentence : `${sentence} (${code})`, { cause: failure });
}

interface SystemError {
  code?: string;
  message?: string;
  address?: string;
  port?: number;
  hostname?: string;
}

/** `fetch` wraps what happened, at times twice. Of several addresses, each of which failed, one tells enough. */
function deepest(failure: unknown): SystemError {
  const { cause, errors } = Object(failure) as { cause?: unknown; errors?: unknown[] };
  const inner = cause ?? errors?.[0];
  return inner === undefined ? Object(failure) : deepest(inner);
}

/** Does an error of the system name this place? */
function isOf({ hostname, port, protocol }: URL, error: SystemError): boolean {
  if (error.hostname !== undefined) return error.hostname === hostname;
  return error.port !== undefined && error.port === Number(port || (protocol === "https:" ? 443 : 80));
}
