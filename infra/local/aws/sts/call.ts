import type { Accounts } from "../accounts.ts";
import type { AwsCaller } from "../caller.ts";
import type { SessionTokens } from "../session-tokens.ts";

/** One call to STS whose action is known. */
export interface StsApiCall {
  parameters: URLSearchParams;
  accounts: Accounts;
  sessionTokens: SessionTokens;
  /** Epoch milliseconds. */
  now: number;
}

export interface SignedStsCall extends StsApiCall {
  caller: AwsCaller;
}
