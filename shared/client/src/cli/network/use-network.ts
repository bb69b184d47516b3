import type { Environment } from "../../identity-sources/environment.ts";
import { VendingError } from "../../vending-error.ts";
import { certificatesIn, type NetworkSettings, networkSettings, proxyUrl } from "./network-settings.ts";
import { noConnection } from "./no-connection.ts";

const builtIn = globalThis.fetch;

/**
 * Lets every request of this process go the way that the environment names: through a proxy, and with more authorities
 * trusted. A request that gets no answer says what failed. Nothing is read or loaded before it is needed.
 *
 * @example useNetwork(process.env)
 */
export function useNetwork(env: Environment): void {
  const settings = networkSettings(env);
  let loading: Promise<typeof fetch> | undefined;

  async function fetchFor(url: URL): Promise<typeof fetch> {
    // Plain http goes no further than this machine, and what is on this machine needs no proxy.
    if (url.protocol === "http:" || !(settings.proxy || settings.bundle)) return builtIn;
    loading ??= load(settings);
    return loading;
  }

  globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    const proxy = url.protocol === "https:" ? settings.proxy : undefined;
    const send = await fetchFor(url);
    try {
      return await send(input, init);
    } catch (failure) {
      if (failure instanceof VendingError || init?.signal?.aborted) throw failure;
      throw noConnection(failure, url, proxy && { url: proxyUrl(proxy), name: proxy.name });
    }
  };
}

async function load({ proxy, noProxy, bundle }: NetworkSettings): Promise<typeof fetch> {
  const way = {
    proxy: proxy && proxyUrl(proxy),
    noProxy,
    certificates: bundle ? certificatesIn(bundle) : [],
  };
  const { fetchThrough } = await import("./fetch-through.ts");
  return fetchThrough(way);
}
