import type { StorageSummary } from "../../shared/contract.ts";
import type { DoctorSetting } from "./setting.ts";

/** A server that clients or the functions talk to. */
export interface Host {
  /** `service`, or the store of a storage, or its STS. */
  role: string;
  /** Base URL. */
  url: string;
}

/**
 * Every server that stands behind the storages which the doctor's identity may use, each origin once; the service itself comes
 * first. Which STS a storage has is known from the configuration alone.
 */
export function hostsOf({ service, config }: DoctorSetting, storages: readonly StorageSummary[]): Host[] {
  const all: Host[] = [
    { role: "service", url: service.url },
    ...storages.map(({ Storage, Endpoint }) => ({ role: `store of ${Storage}`, url: Endpoint })),
    ...storages.flatMap(({ Storage }) => {
      const url = stsEndpointOf(Storage, config);
      return url === undefined ? [] : [{ role: `STS of ${Storage}`, url }];
    }),
  ];
  const byOrigin = Map.groupBy(all, ({ url }) => new URL(url).origin);
  return [...byOrigin.values()].flatMap(([first]) => first ?? []);
}

/** The address of a storage's STS, where the configuration has one of its own. */
export function stsEndpointOf(storage: string, config: DoctorSetting["config"]): string | undefined {
  const configured = config?.storages.get(storage);
  return configured !== undefined && "stsEndpoint" in configured ? configured.stsEndpoint : undefined;
}
