/**
 * Whether what is sent to this address stays private: TLS, or a connection that never leaves the machine.
 *
 * @example staysPrivate(new URL("http://127.0.0.1:8080")) // true
 */
export function staysPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

/** Takes the host as `URL` normalised it, so that `127.1` and `0x7f000001` have become `127.0.0.1`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
