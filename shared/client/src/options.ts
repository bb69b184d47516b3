import type { Permission } from "../../contract.ts";
import { VendingError } from "./vending-error.ts";

export interface VendingOptions {
  /** Base address of the service, `https://vend.example.com`; plain http on loopback only. */
  url: string;
  /** The storage's name at the service. */
  storage: string;
  /**
   * The caller's identity token. A function is called at each request, so that the token may change, and with `url`, so
   * that no token goes to another service than its own.
   */
  token: string | ((url: string) => string | Promise<string>);
  /** Ask for less than the grant allows: `s3://bucket/prefix/`, one or more. */
  target?: string | readonly string[] | undefined;
  permission?: Permission | undefined;
  /** How long the credentials should live. The service rounds it up to one of a few durations, and may give less. */
  durationSeconds?: number | undefined;
  /** Refresh in the background when less than this is left, or up to a fifth later. Default 300. */
  refreshAheadSeconds?: number | undefined;
  /** Limit of one attempt, `token` included. Default 5. All attempts, four at most, take four times that at most. */
  timeoutSeconds?: number | undefined;
  /**
   * Ends the requests under way and lets no new one begin. Credentials that are held are handed out while they are
   * valid.
   */
  signal?: AbortSignal | undefined;
  /** Hears of each failure once, also when no caller waits because valid credentials are held. */
  onError?: ((error: VendingError) => void) | undefined;
}

/** A day. With much longer times a timer would overflow and fire at once. */
const mostSeconds = 86_400;

/**
 * The times in the options, with defaults.
 *
 * @throws VendingError `invalid_options`
 */
export function timesOf({ refreshAheadSeconds = 300, timeoutSeconds = 5 }: VendingOptions): {
  refreshAheadSeconds: number;
  timeoutSeconds: number;
} {
  const times = { refreshAheadSeconds, timeoutSeconds };
  for (const [name, value] of Object.entries(times))
    if (!(value > 0 && value <= mostSeconds)) throw invalid(name, `between 0 and ${mostSeconds}`);
  return times;
}

/** What a request may ask for, by the names that the query has for it. */
type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * An address at the service.
 *
 * @throws VendingError `invalid_options` where a token must not be sent, or the address would mean something else
 * @example routeUrl("https://vend.example.com/stage", "v1/storages", {})
 */
export function routeUrl(url: string, route: string, query: Query): URL {
  const result = URL.canParse(url) && new URL(url);
  // A password before `@` would be shown in an error of fetch; a query or fragment would be lost.
  if (!result || !/^(https:|http:\/\/(localhost|127(\.\d+){3}|\[::1])[:/])[^?#@]*$/.test(result.href))
    throw invalid("url", "https://host/path, or http:// on loopback");
  result.pathname = result.pathname.replace(/\/*$/, "/") + route;
  // A name such as `..` is a step to another route.
  if (!result.pathname.endsWith(route)) throw invalid("storage", "a name");
  for (const [name, values] of Object.entries(query))
    for (const value of [values ?? []].flat()) result.searchParams.append(name, `${value}`);
  return result;
}

/** The address of a storage's credentials. */
export function credentialsUrl({ url, storage, target, permission, durationSeconds }: VendingOptions): URL {
  const query = { target, permission, durationSeconds };
  return routeUrl(url, `v1/storages/${encodeURIComponent(storage)}/credentials`, query);
}

const invalid = (name: string, rule: string) =>
  new VendingError("invalid_options", `\`${name}\` must be ${rule}.`);
