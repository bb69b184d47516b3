import { getCACertificates, rootCertificates } from "node:tls";
import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from "undici";

// undici is what Node's own `fetch` is made of. Node 24 takes a proxy from the environment only if it is told so before it
// starts, and Node 20 takes none. undici is MIT, alive, and 0.4 MB: it is in a file of its own, which is loaded only where
// a variable asks for it.

interface Way {
  /** Goes between for https; absent: connections are direct. */
  proxy: URL | undefined;
  /** Hosts without the proxy, as `NO_PROXY` lists them. */
  noProxy: string;
  /** Of authorities that are trusted beside Node's, in PEM. */
  certificates: readonly string[];
}

/**
 * Makes a `fetch` that goes through a proxy, and trusts more authorities. What is on this machine needs neither.
 *
 * @example const response = await fetchThrough({ proxy, noProxy: "", certificates })(url)
 */
export function fetchThrough({ proxy, noProxy, certificates }: Way): typeof fetch {
  // Node 20 has no list of all that it trusts by default.
  const known: readonly string[] = getCACertificates?.("default") ?? rootCertificates;
  const tls = certificates.length > 0 ? { ca: [...known, ...certificates] } : {};
  const direct = { connect: tls };
  // undici's type does not know what it hands on to the proxy. `httpProxy` is empty, and not left out: it would be looked
  // up in the environment.
  const between = {
    ...direct,
    httpProxy: "",
    httpsProxy: proxy?.href ?? "",
    noProxy,
    requestTls: tls,
    proxyTls: tls,
  };
  const dispatcher = proxy === undefined ? new Agent(direct) : new EnvHttpProxyAgent(between);
  return (input, init) => undiciFetch(input as never, { ...init, dispatcher } as never) as never;
}
