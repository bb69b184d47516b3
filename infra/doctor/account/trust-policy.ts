import { anyOne, anyRun, matchesGlob } from "../../local/aws/iam/glob.ts";

/** What a role's trust policy is measured by. */
export interface Trusted {
  /** The roles of the functions and the users whose keys are in the secrets: ARNs. */
  callers: readonly string[];
  /** The issuers whose tokens STS takes for `web-identity`. */
  providers: readonly TrustedProvider[];
  /** What every caller has to bring, where all storages of the role have the same. */
  externalId?: string;
}

/** An OIDC issuer, as IAM names it: without `https://`. */
interface TrustedProvider {
  name: string;
  /** Whether each grant that its callers have is for some of them only. */
  isForSome: boolean;
}

/** What is wrong with a trust policy. */
interface TrustFault {
  /** `open`: others are let in. `broken`: keyvend is not, or will not be for long. */
  kind: "open" | "broken";
  message: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Judges a trust policy by what it lets in. A Deny only takes away, so that it is passed over.
 *
 * @example faultsOfTrust(JSON.parse(document), { callers: [userArn], providers: [] }).map(({ message }) => message)
 */
export function faultsOfTrust(policy: Json, trusted: Trusted): TrustFault[] {
  const allows = [policy["Statement"]]
    .flat()
    .map((statement) => Object(statement) as Json)
    .filter((statement) => statement["Effect"] === "Allow" && opens(statement));
  const faults = allows.flatMap((statement) => faultsOfStatement(statement, trusted));
  const admitted = allows.flatMap((statement) => admittedBy(statement, trusted));
  const missing = trusted.callers.filter((caller) => !admitted.includes(caller));
  return [
    ...faults,
    ...missing.map((caller): TrustFault => ({ kind: "broken", message: `does not let ${caller} in` })),
  ];
}

const assumptions = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];

/** Whether a statement lets somebody assume the role: tags and source identities alone open nothing. */
function opens(statement: Json): boolean {
  if (statement["NotAction"] !== undefined) return true;
  return texts(statement["Action"]).some((pattern) =>
    assumptions.some((action) => covers(pattern.toLowerCase(), action.toLowerCase())),
  );
}

function faultsOfStatement(statement: Json, trusted: Trusted): TrustFault[] {
  const open = (message: string): TrustFault => ({ kind: "open", message });
  const broken = (message: string): TrustFault => ({ kind: "broken", message });
  if (statement["NotPrincipal"] !== undefined) return [open("lets in everybody but some (NotPrincipal)")];
  const principals = principalsOf(statement);
  const faults = principals.flatMap(([kind, name]): TrustFault[] => {
    if (name === "*") return [open("lets everybody in (*)")];
    if (kind === "Federated") return faultsOfProvider(statement, name, trusted);
    if (kind !== "AWS") return [open(`lets ${name} in`)];
    if (/^A(?:ID|RO)A[A-Z0-9]{10,}$/.test(name))
      return [broken(`names ${name}, a user or role that was deleted: one of the same name is another`)];
    if (isAccount(name)) return faultsOfAccount(statement, name, trusted);
    if (!trusted.callers.includes(name)) return [open(`lets ${name} in`)];
    return name.includes(":role/")
      ? [broken(`names ${name} itself: when that role is made anew, it is not trusted any more`)]
      : [];
  });
  const asksForId = principals.some(([kind]) => kind === "AWS");
  return [...faults, ...(asksForId ? faultsOfExternalId(statement, trusted) : [])];
}

/** A whole account is a principal only together with a condition on which of its users and roles. */
function faultsOfAccount(statement: Json, name: string, { callers }: Trusted): TrustFault[] {
  const account = accountOf(name);
  if (!callers.some((caller) => accountOf(caller) === account))
    return [{ kind: "open", message: `lets the account ${account} in` }];
  const arns = conditionValues(statement, "aws:PrincipalArn", /^(?:Arn|String)(?:Equals|Like)$/);
  if (arns === undefined)
    return [
      {
        kind: "open",
        message: `lets everybody in ${account} in who may call STS: there is no condition on aws:PrincipalArn`,
      },
    ];
  const others = arns.filter((arn) => !callers.includes(arn));
  return others.length > 0 ? [{ kind: "open", message: `lets ${others.join(", ")} in` }] : [];
}

function faultsOfProvider(statement: Json, arn: string, { providers }: Trusted): TrustFault[] {
  const name = arn.replace(/^.*:oidc-provider\//, "");
  const open = (message: string): TrustFault[] => [{ kind: "open", message }];
  const provider = providers.find((each) => each.name === name);
  if (provider === undefined) return open(`lets callers of ${name} in`);
  const claims = claimsAskedFor(statement, name);
  if (!claims.includes("aud"))
    return open(`lets in every token of ${name}: there is no condition on its audience`);
  return provider.isForSome && claims.every((claim) => claim === "aud")
    ? open(`lets in every caller of ${name}, and the grants are for some of them`)
    : [];
}

/** The claims of a provider's tokens that a statement compares with something. */
function claimsAskedFor({ Condition: blocks }: Json, provider: string): string[] {
  return Object.entries(Object(blocks)).flatMap(([operator, keys]) =>
    /^String(?:Equals|Like)$/.test(operator)
      ? Object.entries(Object(keys)).flatMap(([key, values]) =>
          key.startsWith(`${provider}:`) && !texts(values).includes("*")
            ? key.slice(provider.length + 1)
            : [],
        )
      : [],
  );
}

function faultsOfExternalId(statement: Json, { externalId }: Trusted): TrustFault[] {
  if (externalId === undefined) return [];
  const ids = conditionValues(statement, "sts:ExternalId", /^StringEquals$/);
  if (ids === undefined) return [{ kind: "open", message: "does not ask for the external id" }];
  return ids.includes(externalId) ? [] : [{ kind: "broken", message: "asks for another external id" }];
}

/** The callers that a statement lets in. */
function admittedBy(statement: Json, { callers }: Trusted): string[] {
  if (statement["NotPrincipal"] !== undefined) return [...callers];
  return principalsOf(statement).flatMap(([kind, name]) => {
    if (kind !== "AWS") return [];
    if (name === "*") return [...callers];
    if (!isAccount(name)) return [name];
    const arns = conditionValues(statement, "aws:PrincipalArn", /^(?:Arn|String)(?:Equals|Like)$/);
    return callers.filter(
      (caller) => accountOf(caller) === accountOf(name) && arns?.some((arn) => covers(arn, caller)) !== false,
    );
  });
}

/** Whether a pattern of IAM's covers a text. */
function covers(pattern: string, text: string): boolean {
  const tokens = [...pattern].map((sign) => (sign === "*" ? anyRun : sign === "?" ? anyOne : sign));
  return matchesGlob(tokens, text);
}

function principalsOf({ Principal: principal }: Json): [kind: string, name: string][] {
  if (principal === "*") return [["AWS", "*"]];
  return Object.entries(Object(principal)).flatMap(([kind, names]) =>
    texts(names).map((name): [string, string] => [kind, name]),
  );
}

/** The values of a condition that must hold; `undefined` where there is none. Two blocks of one key both count. */
function conditionValues({ Condition: blocks }: Json, key: string, operators: RegExp): string[] | undefined {
  const found = Object.entries(Object(blocks)).flatMap(([operator, keys]) =>
    operators.test(operator)
      ? Object.entries(Object(keys)).filter(([name]) => name.toLowerCase() === key.toLowerCase())
      : [],
  );
  return found.length === 0 ? undefined : found.flatMap(([, values]) => texts(values));
}

const texts = (value: unknown): string[] => [value].flat().filter((each) => typeof each === "string");
const isAccount = (name: string) => /^(?:\d{12}|arn:[\w-]+:iam::\d{12}:root)$/.test(name);

function accountOf(name: string): string {
  return /^\d{12}$/.test(name) ? name : (name.split(":")[4] ?? "");
}
