import type { Accounts } from "../accounts.ts";
import type { Caller } from "../caller.ts";
import type { SessionTokens } from "../session-tokens.ts";

/** One call to STS, whose action is known. */
export interface StsCall {
  parameters: URLSearchParams;
  accounts: Accounts;
  sessionTokens: SessionTokens;
  /** Epoch milliseconds. */
  now: number;
}

export interface SignedStsCall extends StsCall {
  caller: Caller;
}
