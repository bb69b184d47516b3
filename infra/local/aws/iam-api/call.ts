import type { Accounts } from "../accounts.ts";
import type { AwsCaller } from "../caller.ts";
import type { XmlElement } from "../xml.ts";

/** One call to IAM whose caller is known. */
export interface IamCall {
  parameters: URLSearchParams;
  accounts: Accounts;
  caller: AwsCaller;
  /** Epoch milliseconds. */
  now: number;
}

export interface IamAction {
  /** The names of its parameters. */
  takes: readonly string[];
  /** The ARN about which the caller's policies decide, whether or not it is there. */
  resource(call: IamCall): string;
  /** Makes the change, and returns the elements of the result. Throws `AwsFault`. */
  answer(call: IamCall): XmlElement[];
}
