import type { StsTerms } from "./ask.ts";
import type { Principal } from "./principal.ts";
import type { Judge } from "./revocation.ts";

/** Stands in place of an address when there is no caller: the warmer issues again for a caller that was allowed before. */
export const noCaller = Symbol("no caller");

/** What a decision may depend on, beside the configuration and what is asked for. */
export interface Circumstances {
  principal: Principal;
  /** Epoch milliseconds. */
  now: number;
  /** The address that the caller connects from, as its door was told; `undefined` where the door knows none. */
  sourceIp: string | undefined | typeof noCaller;
  /** Present for requests by the door for STS. */
  sts?: Pick<StsTerms, "externalId"> | undefined;
  /** By what operators have revoked. Absent: nothing is. */
  judge?: Pick<Judge, "isRevoked"> | undefined;
}
