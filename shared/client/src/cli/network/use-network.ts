import type { Environment } from "../../identity-sources/environment.ts";
import { VendingError } from "../../vending-error.ts";
import {
  certificatesIn,
  type NamedProxy,
  type NetworkSettings,
  networkSettings,
  proxyFor,
} from "./network-settings.ts";
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
  const ways = new Map<string, Promise<typeof fetch>>();

  function fetchFor({ protocol }: URL, proxy: NamedProxy | undefined): Promise<typeof fetch> | typeof fetch {
    const bundle = protocol === "https:" ? settings.bundle : undefined;
    // Node's own is not to decide by other rules: it would ask even what is on this machine through a proxy.
    if (!proxy && !bundle && !settings.isNodeLed) return builtIn;
    const way = `${protocol} ${proxy?.name}`;
    const known = ways.get(way) ?? load(proxy, bundle);
    ways.set(way, known);
    return known;
  }

  globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    const proxy = proxyFor(url, settings);
    const send = await fetchFor(url, proxy);
    try {
      return await send(input, init);
    } catch (failure) {
      if (failure instanceof VendingError || init?.signal?.aborted) throw failure;
      throw noConnection(failure, url, proxy);
    }
  };
}

async function load(proxy: NamedProxy | undefined, bundle: NetworkSettings["bundle"]): Promise<typeof fetch> {
  const certificates = bundle ? certificatesIn(bundle) : [];
  const { fetchThrough } = await import("./fetch-through.ts");
  return fetchThrough({ proxy: proxy?.url, certificates });
}
