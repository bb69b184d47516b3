import type { StorageSummary } from "../../../shared/contract.ts";
import { bounded } from "../bounded.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { checkBeyond } from "./beyond.ts";
import { checkCache } from "./cache.ts";
import { checkInside } from "./inside.ts";
import { checkOutside } from "./outside.ts";
import { checkPlace } from "./place.ts";
import type { GrantedScope } from "./scopes.ts";
import type { Store } from "./store.ts";
import { checkSts } from "./sts.ts";
import { checkVend, type Vended } from "./vend.ts";

/** All checks of one scope, in the order in which a client would meet what they find. */
export async function examineScope(
  granted: GrantedScope,
  setting: DoctorSetting,
  storages: readonly StorageSummary[],
): Promise<Finding[]> {
  const { title } = granted;
  let vended: Vended | undefined;
  const vend = await bounded("vend", title, async () => {
    const { finding, ...rest } = await checkVend(granted, setting);
    vended = rest.vended;
    return [finding];
  });
  const beyond = await bounded("beyond", title, () => checkBeyond(granted, setting));
  if (vended === undefined)
    return [...vend, ...beyond, about("outside", title).notChecked("nothing was vended that could be tried")];
  const credentials = vended;

  const cache = await bounded("cache", title, () => checkCache(granted, credentials, setting));
  let store: Store | undefined;
  const place = await bounded("endpoint", title, async () => {
    const { findings, ...rest } = await checkPlace(granted, credentials);
    store = rest.store;
    return findings;
  });
  const sts = await bounded("sts", title, () => checkSts(granted, credentials, setting));
  if (store === undefined)
    return [
      ...vend,
      ...beyond,
      ...cache,
      ...place,
      about("outside", title).notChecked("no store answers"),
      ...sts,
    ];
  const open = store;
  try {
    const buckets = bucketsOf(granted, storages, setting);
    const inside = await bounded("inside", title, () => checkInside(granted, open));
    const outside = await bounded("outside", title, () =>
      checkOutside(granted, credentials, open, setting, buckets),
    );
    return [...vend, ...beyond, ...cache, ...place, ...inside, ...outside, ...sts];
  } finally {
    open.close();
  }
}

/** The buckets at one store. */
function bucketsOf(
  { storage: { Endpoint: endpoint } }: GrantedScope,
  storages: readonly StorageSummary[],
  { config }: DoctorSetting,
): string[] {
  const listed = storages.filter(({ Endpoint }) => Endpoint === endpoint).map(({ Bucket }) => Bucket);
  const configured = [...(config?.storages.values() ?? [])].filter(
    (storage) => storage.endpoint === endpoint,
  );
  return [...new Set([...listed, ...configured.map(({ bucket }) => bucket)])];
}
