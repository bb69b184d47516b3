import type { ExplainAnswer, StorageAddress, StorageSummary } from "../../../contract.ts";
import type { FormatScope, FormatSource } from "../../../formats/format.ts";
import { attempts } from "../attempts.ts";
import { addressIn, type CheckedAnswer, checkAnswer, isText, type Unchecked } from "../check-answer.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { keepFresh } from "../keep-fresh.ts";
import { routeUrl } from "../options.ts";
import { type IdentityProof, request } from "../request.ts";
import { VendingError } from "../vending-error.ts";
import type { CommandIo } from "./command-line.ts";
import { proveIdentity } from "./identity.ts";
import { networkSettings, proxyFor } from "./network/network-settings.ts";
import { placeOf } from "./network/no-connection.ts";
import { printable } from "./output.ts";
import type { ServiceSettings, Settings } from "./settings.ts";
import { adviceOnToken } from "./token-facts.ts";

/**
 * The service's answers, checked more strictly than for a program: the CLI writes them into shells, files and
 * terminals.
 */

const attemptSeconds = 5;
/** SDKs ask at every access if they get less than 15 minutes. The jitter takes up to a fifth of this. */
const refreshAheadSeconds = 1_200;

/** Credentials for a refresh, and the members that formats are written from. */
interface VendedAnswer extends CheckedAnswer {
  source: FormatSource;
  scope: FormatScope;
  /** What proved the caller's identity: the token, or a part of the AWS credentials. */
  sent: string;
}

/**
 * Asks for credentials. Keys of S3 are visible ASCII; all others are refused.
 *
 * @throws VendingError (rejects)
 */
export async function vend(settings: Settings, env: Environment): Promise<VendedAnswer> {
  const { body, sent } = await ask(storageUrl(settings, "credentials"), settings, env);
  const answer = checkAnswer(body);
  const { accessKeyId, secretAccessKey, sessionToken = "", expiration } = answer.credentials;
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
  for (const [name, value] of Object.entries(keys))
    if (!/^[!-~]*$/.test(value)) throw invalidAnswer(`No good ${name}.`);
  const scope = scopeIn(body);
  if (scope === undefined) throw invalidAnswer("No good targets.");
  const { Targets } = scope;
  const source = { ...checkAddress(body), ...keys, Targets, Expiration: expiration.toISOString() };
  return { ...answer, source, scope, sent };
}

/**
 * Credentials for as long as this process runs: one request for all callers, and a refresh when a caller asks. Before there
 * were any a failure ends the command, which says why; later it is a warning.
 */
export function freshCredentials(settings: Settings, io: CommandIo): () => Promise<VendedAnswer> {
  let hadSome = false;
  const vendOnce = async () => {
    const answer = await vend(settings, io.env);
    hadSome = true;
    return answer;
  };
  const warn = ({ message }: VendingError) => {
    if (hadSome) io.err(`keyvend: ${printable(message)}\n`);
  };
  return keepFresh(vendOnce, refreshAheadSeconds, warn);
}

/**
 * Asks what the same question would be answered with, and why. Only the decision is checked.
 *
 * @throws VendingError (rejects)
 */
export async function explain(settings: Settings, env: Environment): Promise<ExplainAnswer> {
  const { body } = await ask(storageUrl(settings, "explain"), settings, env);
  if (body["Decision"] === "allowed" || body["Decision"] === "refused")
    return body as unknown as ExplainAnswer;
  throw invalidAnswer("No explanation.");
}

/**
 * Asks what credentials would reach.
 *
 * @returns undefined where nothing would be vended
 * @throws VendingError (rejects)
 */
export async function explainScope(settings: Settings, env: Environment): Promise<FormatScope | undefined> {
  return scopeIn({ ...(await explain(settings, env)) });
}

/**
 * Asks for the storages that the caller may use.
 *
 * @throws VendingError (rejects)
 */
export async function listStorages(settings: ServiceSettings, env: Environment): Promise<StorageSummary[]> {
  const { body } = await ask(routeUrl(settings.url, rootOf(settings), {}), settings, env);
  const { Storages } = body;
  if (Array.isArray(Storages) && Storages.every(isSummary)) return Storages;
  throw invalidAnswer("No good list.");
}

/**
 * The address in an answer, fit to be written into settings.
 *
 * @throws VendingError `invalid_answer`
 */
export function checkAddress(body: Unchecked<StorageAddress>): StorageAddress {
  const { Storage, Bucket } = body;
  const address = addressIn(body);
  if (!address || !isName(Storage) || !isName(Bucket)) throw invalidAnswer("No good address.");
  const { endpoint, region, forcePathStyle } = address;
  return { Storage, Bucket, Endpoint: endpoint, Region: region, PathStyleAccess: forcePathStyle };
}

async function ask(
  url: URL,
  { identity }: ServiceSettings,
  env: Environment,
): Promise<{ body: Record<string, unknown>; sent: string }> {
  let proof: IdentityProof | undefined;
  const once = async (end: AbortSignal) => {
    proof = await proveIdentity(url, identity, env);
    return { body: await request(url, proof, end), sent: proof.secret };
  };
  const start = performance.now();
  try {
    return await attempts(once, attemptSeconds, undefined);
  } catch (error) {
    if (error instanceof VendingError && error.code === "timeout") {
      // The library tells only of its last attempt, which may have had a small rest of the time.
      const seconds = Math.max(1, Math.round((performance.now() - start) / 1_000));
      const place = placeOf(url, proxyFor(url, networkSettings(env)));
      throw new VendingError(
        "timeout",
        `No answer from ${place} in ${seconds} s. Check \`url\` and the network.`,
      );
    }
    const isOfToken = error instanceof VendingError && error.code === "unauthenticated";
    if (!isOfToken || identity.kind === "aws-iam" || proof === undefined) throw error;
    // The service does not say why, so that nobody learns from it what it would accept. The caller may read its own token.
    const message = `${error.message} ${adviceOnToken(proof.secret, Date.now())}`;
    throw new VendingError(error.code, message, { status: error.status, requestId: error.requestId });
  }
}

const rootOf = ({ identity }: ServiceSettings) =>
  identity.kind === "aws-iam" ? "v1/aws/storages" : "v1/storages";

function storageUrl(settings: Settings, question: "credentials" | "explain"): URL {
  const { url, storage, target, permission, durationSeconds } = settings;
  const route = `${rootOf(settings)}/${encodeURIComponent(storage)}/${question}`;
  return routeUrl(url, route, { target, permission, durationSeconds });
}

const invalidAnswer = (what: string) =>
  new VendingError("invalid_answer", `${what} Check that \`url\` is a keyvend service.`);

/** Its words are compared, and none of them is written unseen. */
function scopeIn(body: Record<string, unknown>): FormatScope | undefined {
  const { Targets, Permission, Also, ScopeEnforcedBy } = body;
  if (!isTexts(Targets) || !Targets.every(isLine)) return undefined;
  return { Targets, Permission, Also: isTexts(Also) ? Also : [], ScopeEnforcedBy } as FormatScope;
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
/** Letters of any language, but nothing that could begin a new line where it is written. */
const isLine = (value: string) => /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u.test(value);
const isName = (value: unknown): value is string => typeof value === "string" && /^[\w.-]+$/.test(value);

function isSummary(value: unknown): value is StorageSummary {
  const { Storage, Bucket, Grants } = Object(value);
  return (
    isText(Storage) &&
    isText(Bucket) &&
    addressIn(Object(value)) !== undefined &&
    Array.isArray(Grants) &&
    Grants.map(Object).every(({ Targets, Permission }) => isTexts(Targets) && isText(Permission))
  );
}
