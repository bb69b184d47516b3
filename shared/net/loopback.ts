/**
 * Does data that is sent to this address stay private? It does by TLS, or if the connection never leaves the machine.
 *
 * @example staysPrivate(new URL("http://127.0.0.1:8080")) // true
 */
export function staysPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

/** Is the host on this machine? It must come from a `URL`, which turns `127.1` and `0x7f000001` into `127.0.0.1`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
