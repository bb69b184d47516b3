import type { CredentialsAnswer, ErrorCode, OperationGroup } from "../contract.ts";
import type { IssueRequest } from "../core/issue-request.ts";
import type { StorageKey } from "../core/key-standing.ts";
import type { Principal } from "../core/principal.ts";
import type { IssuedBy, Session } from "../core/session.ts";
import type { Way } from "../core/storage.ts";
import type { VendingStorage } from "../core/ways.ts";

/** Time, and the passing of it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export interface IssueOptions {
  /** Is awaited right before each call to STS. */
  turn?: () => Promise<void>;
  /** When the usual time for an issue began, in epoch milliseconds: what its caller has done since is a part of it. */
  since?: number;
  /** In place of the usual time: when the issue has to be done, in epoch milliseconds. */
  until?: number;
  /** The warmer issues for a caller that has asked STS already, and could not wait. */
  isHandedOver?: boolean;
  /** An instance that remembers another long-term key, read earlier, reads the secret again. */
  newestKey?: StorageKey;
}

/**
 * Asks STS, in the way of the request's storage. Throws `VendError`: `DeadlinePassed` where the time was not enough; and
 * `NoSlot` if the turn does.
 */
export type Issue<S extends VendingStorage = VendingStorage> = (
  request: IssueRequest<S>,
  options?: IssueOptions,
) => Promise<Session>;

/** One row of the cache. Times are epoch milliseconds; the credentials themselves are in `sealed` and nowhere else. */
export interface Entry {
  key: string;
  /** Grows with each claim; a write that carries an older one is refused (fencing). */
  generation: number;
  /** The same as the table has it, which compares all digits: a planted one may have more than a number holds. */
  asRead?: unknown;
  /** The sealed `EntryContent`; absent while the first issue is under way. */
  sealed?: string;
  /** The generation that was claimed for what is sealed: an earlier content does not open in its place. */
  issued?: number;
  /** Present once this generation was served from the cache: only entries in use are warmed. */
  dueAt?: number;
  /** An instance is issuing, and means to be done by then, by its own clock. */
  claimedUntil?: number;
  /** For how many milliseconds its claim stands. */
  claimMs?: number;
  /** The sealed warrant of a claim that was handed over to the warmer. */
  handedOver?: string;
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

/** The parts whose failures are absorbed: callers may have their answers all the same. */
export type AbsorbedPart =
  | "table"
  | "seal"
  | "secret"
  | "warmer"
  | "issuer-keys"
  | "client-keys"
  | "revocations";

/** Takes note of an absorbed failure: nobody else may notice it. */
export type Absorb = (part: AbsorbedPart, fault: unknown) => void;

/** STS was not asked: the warmers' own rate had no slot for the call, or could not be had. It tells nothing of STS. */
export class NoSlot extends Error {
  override readonly name = "NoSlot";
}

// The cache across instances, one port for each of its users. Every write is conditional.

/** For every answer from the cache. */
export interface EntryTable {
  get(key: string): Promise<Entry | undefined>;
}

/** What operators have revoked, for every answer. */
export interface RevocationTable {
  /** The record as text; `undefined` where nothing was ever revoked. */
  revocations(): Promise<string | undefined>;
}

/** The same row, for the one function that writes it. */
export interface RevocationStore {
  /** The record as text and its version; `undefined` where nothing was ever revoked. */
  read(): Promise<{ text: string; version: number } | undefined>;
  /** Puts a record in the place of the version that was seen; false when another one stands there by now. */
  replace(version: number | undefined, text: string): Promise<boolean>;
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
   * may be. The claim stands for `claimMs` from `now`, in epoch milliseconds.
   */
  claim(key: string, seen: Entry | undefined, now: number, claimMs: number): Promise<number | undefined>;
  /** Leaves a claim to the warmer, with what it needs; false if the claim was overtaken. */
  handOver(claim: {
    key: string;
    generation: number;
    warrant: string;
    now: number;
    claimMs: number;
  }): Promise<boolean>;
  /** Keeps the session of a claimed generation and ends the claim; false if the claim was overtaken. */
  keep(entry: { key: string; generation: number; sealed: string; expiration: number }): Promise<boolean>;
  /** Ends a claim without a result, and leaves the reason to the callers that wait for one. */
  release(key: string, generation: number, failure?: Failure): Promise<void>;
}

/** A storage whose STS throttles or is away is left alone for a while. */
export interface Pause {
  code: "throttled" | "unavailable";
  /** Epoch milliseconds. */
  until: number;
  /** The same as the table has it, which compares all digits. */
  asRead?: unknown;
  /** Its length. The pause after the next failure is twice as long. */
  pauseMs: number;
}

/** The pauses of storages, which all instances share. */
export interface PauseTable {
  pauseOf(storage: string): Promise<Pause | undefined>;
  /** Puts `next`, or nothing, in the place of what was seen; false when something else stands there by now. */
  setPause(storage: string, seen: Pause | undefined, next: Pause | undefined): Promise<boolean>;
}

/** Counters that all instances share. */
export interface CounterTable {
  /** Counts one more; false, and nothing is counted, when `most` are counted already. It may be forgotten after `until`. */
  count(counter: string, most: number, until: number): Promise<boolean>;
}

/** Reads which long-term key a secret holds now. Throws when it cannot be read. */
export type ReadKey = (secret: string) => Promise<Pick<IssuedBy, "key" | "readAt">>;

/** For the long-term keys of storages. */
export interface KeyTable {
  /** Writes a row that has a sealed text and nothing else. Without effect if one that was read later stands there. */
  put(row: string, readAt: number, sealed: string): Promise<void>;
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

/** Where an answer came from; `none` where the storage's way keeps nothing. */
export type CacheTier = "memory" | "table" | "issued" | "none";

/** One record a decision. Nothing in it is secret: the key id names a session, it does not open it. */
export interface AuditRecord {
  /** Of a request: as its door gave it, and as the door's own log has it. Of the warmer: Lambda's. */
  requestId: string;
  /** The address that the caller connected from, as the door was told; the warmer has no caller. */
  sourceIp?: string | undefined;
  /** `warmed`, `failed` and `dropped` are the warmer's. */
  decision: "vended" | "refused" | "warmed" | "failed" | "dropped" | "explained";
  /** Code of a refusal, and for the operator why. */
  code?: ErrorCode;
  reason?: string;
  /** So many more refusals of this code have no record of their own: their callers are unknown, and they were many. */
  leftOut?: number;
  principal?: string;
  issuer?: string;
  /** How the caller proved itself. */
  identity?: Principal["kind"];
  /** The name that a role's caller gave to the session in which it came, or a caller of STS to the one that it asks for. */
  callerSession?: string;
  /** The role that a caller of STS named, where the request was refused before its storage was known. */
  roleArn?: string;
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
  /** True when it was issued for this caller, and no other can have it. */
  notKept?: boolean;
  /** True when STS gave no better and a session past its serving time was handed out. */
  stale?: boolean;
  /** When the session ends. */
  expiration?: string;
  /** When it ends as a caller of STS was told; never after its end. */
  toldExpiration?: string;
  /** Of what the caller's own policy allows, what its grant does not: it was removed. */
  removed?: readonly string[];
}

export interface Audit {
  record(record: AuditRecord): void;
}
