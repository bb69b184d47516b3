import type { IssueRequest } from "../../core/issue-request.ts";
import type { StorageKey } from "../../core/key-standing.ts";
import type { Session } from "../../core/session.ts";
import type { StorageOf } from "../../core/storage.ts";
import type { VendingWay } from "../../core/ways.ts";
import type { Clock } from "../../vending/ports.ts";
import type { LongTermKeys } from "../long-term-keys.ts";
import type { OwnCredentialsProvider } from "../own-credentials.ts";
import type { AskSts } from "../sts.ts";

/** What a way needs beside the request. */
export interface Means {
  keys: LongTermKeys;
  /** The key of the storage's secret that another instance has read last, if that is known. */
  newestKey?: StorageKey | undefined;
  askSts: AskSts;
  /** The function's own, for roles that are assumed without a long-term key. */
  ownCredentials: OwnCredentialsProvider;
  clock: Pick<Clock, "now">;
  /** Ends what is under way when the time for the whole issue is up. */
  signal: AbortSignal;
}

/** Session tags as STS takes them. */
export function tagsOf(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** One way to issue. Throws what the AWS SDK throws, and `VendError`. */
export type IssueBy<W extends VendingWay> = (
  request: IssueRequest<StorageOf<W>>,
  means: Means,
) => Promise<Session>;
