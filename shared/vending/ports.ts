import type { CredentialsAnswer, ErrorCode, OperationGroup } from "../contract.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { Principal } from "../core/principal.ts";
import type { Session } from "../core/session.ts";
import type { Way } from "../core/storage.ts";
import type { VendingStorage } from "../core/ways.ts";

/** Time, and the passing of it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/**
 * Asks STS, in the way of the request's storage. If there is a `turn`, it is awaited right before each call. Throws
 * `VendError`, and `NoSlot` if the turn does.
 */
export type Issue<S extends VendingStorage = VendingStorage> = (
  request: IssueRequest<S>,
  turn?: () => Promise<void>,
) => Promise<Session>;

/** One row of the cache. Times are epoch milliseconds; the credentials themselves are in `sealed` and nowhere else. */
export interface Entry {
  key: string;
  /** Grows with each claim; a write that carries an older one is refused (fencing). */
  generation: number;
  /** The sealed `EntryContent`; absent while the first issue is under way. */
  sealed?: string;
  /** Present once this generation was served from the cache: only entries in use are warmed. */
  dueAt?: number;
  /** An instance is issuing, and means to be done by then, by its own clock. */
  claimedUntil?: number;
  /** The last issue failed. Callers that wait are told so, and no caller need try again before `until`. */
  failure?: Failure;
}

/** How an issue failed; never kept as a result. */
export interface Failure {
  code: ErrorCode;
  /** Epoch milliseconds. */
  until: number;
}

/** The only fault of the table's ports: it cannot be reached, or says that it is overloaded. */
export class TableUnreachable extends Error {
  override readonly name = "TableUnreachable";
}

/** STS was not asked: the warmers' own rate had no slot for the call, or could not be had. It tells nothing of STS. */
export class NoSlot extends Error {
  override readonly name = "NoSlot";
}

// The cache across instances, one port for each of its users. Every write is conditional.

/** For every answer from the cache. */
export interface EntryTable {
  get(key: string): Promise<Entry | undefined>;
}

/** For the first answer from an entry. */
export interface UseTable {
  /** Puts a generation on the warmer's list, once. */
  markUsed(key: string, generation: number, dueAt: number): Promise<void>;
}

/** For callers that issue: one of them wins. */
export interface ClaimTable {
  /**
   * Claims the generation after the one that was seen (`undefined`: no entry) for the caller alone, and returns it;
   * `undefined` when another instance was faster. A claim that stands is overtaken: the caller has to know whether it
   * may be.
   */
  claim(key: string, seen: Entry | undefined, now: number, until: number): Promise<number | undefined>;
  /** Keeps the session of a claimed generation and ends the claim; false if the claim was overtaken. */
  keep(entry: { key: string; generation: number; sealed: string; expiration: number }): Promise<boolean>;
  /** Ends a claim without a result, and leaves the reason to the callers that wait for one. */
  release(key: string, generation: number, failure?: Failure): Promise<void>;
}

/** For the warmer. */
export interface DueTable {
  /** Keys of used entries that are due before `horizon`. */
  due(horizon: number): AsyncIterable<string>;
  /** Forgets an entry; false when a newer generation stands there, or none. */
  drop(key: string, generation: number): Promise<boolean>;
}

/** One rate that warmers share. */
export interface RateTable {
  /**
   * Reserves so many slots for the caller alone, `slotMs` apart, behind all that are reserved already and not before
   * `now`. Returns the time of the first; `undefined`, and nothing is reserved, when that is not before `until`. Times
   * are epoch milliseconds.
   */
  reserve(slotMs: number, slots: number, now: number, until: number): Promise<number | undefined>;
}

/** Asks the warmer to issue one entry again, and does not wait. The caller has claimed this generation for the warmer. */
export type AskWarmer = (key: string, generation: number) => Promise<void>;

/** Seals the content of an entry, bound to the place where it is kept. */
export interface Seal {
  /** Makes sure that the keys are known; throws when they cannot be had. */
  load(): Promise<void>;
  seal(key: string, plain: string): Promise<string>;
  /** `undefined` for a text that was sealed for another place or by an unknown key, or that was changed. */
  open(key: string, sealed: string): Promise<string | undefined>;
}

/** Where an answer came from. */
export type CacheTier = "memory" | "table" | "issued";

/** One record a decision. Nothing in it is secret: the key id names a session, it does not open it. */
export interface AuditRecord {
  requestId: string;
  /** `warmed`, `failed` and `dropped` are the warmer's. */
  decision: "vended" | "refused" | "warmed" | "failed" | "dropped" | "explained";
  /** Code of a refusal, and for the operator why. */
  code?: ErrorCode;
  reason?: string;
  principal?: string;
  issuer?: string;
  /** How the caller proved itself. */
  identity?: Principal["kind"];
  /** Of a role: the name that its caller gave to the session in which it came. */
  callerSession?: string;
  tokenHash?: string;
  grant?: string;
  /** Grants in audit mode that would have allowed the request, each by itself. */
  wouldGrant?: string[];
  storage?: string;
  targets?: string[];
  permission?: CredentialsAnswer["Permission"];
  also?: readonly OperationGroup[];
  way?: Way;
  accessKeyId?: string;
  sessionName?: string;
  cache?: CacheTier;
  /** How long it waited for another caller's issue. */
  waitedMs?: number;
  /** True when it overtook a caller whose issue did not come. */
  tookOver?: boolean;
  /** True when STS gave no better and a session past its serving time was handed out. */
  stale?: boolean;
  expiration?: string;
}

export interface Audit {
  record(record: AuditRecord): void;
}
