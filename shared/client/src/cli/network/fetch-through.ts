import { getCACertificates, rootCertificates } from "node:tls";
import { Agent, type buildConnector, Pool, ProxyAgent, fetch as undiciFetch } from "undici";
import { ProxyFailure } from "./no-connection.ts";

// undici is what Node's own `fetch` is made of. Node 24 takes a proxy from the environment only if it is told so before it
// starts, and Node 20 takes none. undici is MIT, alive, and 0.4 MB: it is in a file of its own, which is loaded only where
// a variable asks for it.

interface Way {
  /** Goes between; absent: connections are direct, whatever Node was told. */
  proxy: URL | undefined;
  /** Of authorities that are trusted beside Node's, in PEM. */
  certificates: readonly string[];
}

/**
 * Makes a `fetch` that goes through this proxy or none, and trusts more authorities.
 *
 * @example const response = await fetchThrough({ proxy, certificates })(url)
 */
export function fetchThrough({ proxy, certificates }: Way): typeof fetch {
  // Node 20 has no list of all that it trusts by default.
  const known: readonly string[] = getCACertificates?.("default") ?? rootCertificates;
  const tls = certificates.length > 0 ? { ca: [...known, ...certificates] } : {};
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect: tls })
      : new ProxyAgent({ uri: proxy.href, requestTls: tls, proxyTls: tls, clientFactory: clientOfProxy });
  return (input, init) => undiciFetch(input as never, { ...init, dispatcher } as never) as never;
}

/** As undici makes it, but with a mark on what fails on the way to the proxy: the error itself does not tell. */
function clientOfProxy(origin: URL, options: object): Pool {
  const { connect } = options as { connect: buildConnector.connector };
  const marked: buildConnector.connector = (place, done) =>
    connect(place, (...[error, socket]) =>
      error ? done(new ProxyFailure(error), null) : done(null, socket as never),
    );
  return new Pool(origin, { ...options, connect: marked });
}
