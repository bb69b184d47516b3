import { entryKey } from "../../../shared/core/entry-key.ts";
import type { Warrant } from "../../../shared/vending/entry-content.ts";
import { alice, sampleRequest, sampleStorage } from "../samples.ts";

/** The request of every caller. */
export const request = sampleRequest(sampleStorage("session-token"));
export const key = entryKey(request);
export const warrant: Warrant = {
  principal: alice,
  ask: { storage: request.storage.name },
  grant: "lake-readers",
};
