import { noToken, type TokenSource } from "./token-source.ts";

/**
 * The token in a file, read again at each request: programs that write such files replace them in time. White space
 * around the token does not count.
 *
 * @throws VendingError (rejects) `invalid_token`, naming the file
 * @example fromVending({ url, storage, token: fromTokenFile("/var/run/secrets/vend/token") })
 */
export function fromTokenFile(path: string): TokenSource {
  return async () => {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw noToken(`No token in ${path}: it cannot be read. Check the path and its permissions.`, error);
    });
    return text.trim() || Promise.reject(noToken(`No token in ${path}: it is empty. Write one there.`));
  };
}
