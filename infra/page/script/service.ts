import type { ExplainAnswer, Problem, StorageSummary, StoragesAnswer } from "../../../shared/contract.ts";
import { adviceOnToken } from "./token.ts";

/** A failure, in a sentence that helps. */
export class Failed extends Error {
  /** The token, or that there is none, is the reason. */
  readonly isOfToken: boolean;

  constructor(message: string, { isOfToken = false } = {}) {
    super(message);
    this.isOfToken = isOfToken;
  }
}

/** In this page's memory and nowhere else. */
let token: string | undefined;

export const hasToken = (): boolean => token !== undefined;
export function keepToken(next: string | undefined): void {
  token = next;
}

/** An address of the service, whatever precedes its paths. */
export const addressOf = (path: string): string => new URL(path, document.baseURI.replace(/#.*/, "")).href;

export async function listStorages(): Promise<StorageSummary[]> {
  return (await ask<StoragesAnswer>("v1/storages")).Storages;
}

/** What somebody asks for; an empty text is left out. */
export interface Asked {
  storage: string;
  target?: readonly string[];
  permission?: string;
  durationSeconds?: string;
}

/** The path of a storage's credentials, or of their explanation. */
export function pathOf({ storage, target = [], permission, durationSeconds }: Asked, what: string): string {
  const query = new URLSearchParams();
  for (const one of target) if (one) query.append("target", one);
  if (permission) query.set("permission", permission);
  if (durationSeconds) query.set("durationSeconds", durationSeconds);
  // Both signs may stand in a query as they are, and are easier to read so.
  const asked = query.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
  return `v1/storages/${encodeURIComponent(storage)}/${what}${asked === "" ? "" : `?${asked}`}`;
}

export function explain(asked: Asked): Promise<ExplainAnswer> {
  return ask<ExplainAnswer>(pathOf(asked, "explain"));
}

async function ask<Answer>(path: string): Promise<Answer> {
  if (token === undefined)
    throw new Failed("Paste your token first: it says who you are.", { isOfToken: true });
  const response = await reach(path, { headers: { Authorization: `Bearer ${token}` } });
  const body = (await response.json().catch(() => undefined)) as (Answer & Partial<Problem>) | undefined;
  if (response.ok && body !== undefined) return body;
  throw new Failed(sentenceOf(response, body, token), { isOfToken: response.status === 401 });
}

/**
 * Asks this page's own origin, and nobody else.
 *
 * @throws Failed where nobody answers
 */
export async function reach(path: string, options: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(addressOf(path), {
      ...options,
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
    });
  } catch {
    throw new Failed(
      "The service does not answer. Does it still run, and does your network lead to it? Then try again.",
    );
  }
}

function sentenceOf({ status, headers }: Response, body: Partial<Problem> | undefined, sent: string): string {
  const { code, message, requestId } = body ?? {};
  if (status === 401) return `The service does not accept this token. ${adviceOnToken(sent, Date.now())}`;
  if (status === 431 || status === 413) return "The token is longer than the service takes.";
  const seconds = headers.get("retry-after");
  const later = seconds === null ? "" : ` Try again in ${seconds} s.`;
  const reference = requestId === undefined ? "" : ` The operator finds it by the request id ${requestId}.`;
  if (code === undefined) return `The service answered ${status}, and not as keyvend does.${later}`;
  return `${message ?? code} (${code})${later}${status >= 500 ? reference : ""}`;
}
