import {
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { type Denial, ForeignPolicy, joined, type Narrowing, policyOf, readDenials } from "./denial.ts";
import type { Identity } from "./identities.ts";

/** The characters, white space aside, that IAM allows all inline policies of one identity together. */
const mostCharacters = { user: 2_048, role: 10_240 } as const;

/** The inline policy of one role or user that is keyvend's, and the only one that is ever touched. */
interface DenyPolicy {
  /** What is ended by it now. */
  denials: readonly Denial[];
  /**
   * What it is to be for other denials, within the limit of IAM.
   *
   * @throws Error that says how much too long it is
   */
  fitted(denials: readonly Denial[], getsNothing: (narrowing: Narrowing) => boolean): string | undefined;
  /** Puts it, or deletes it if there is nothing to end; false where it is so already. */
  become(document: string | undefined): Promise<boolean>;
}

/**
 * Reads the Deny on a role or user, and all that counts for its size.
 *
 * @throws (the promise) ForeignPolicy; Error of IAM, in which the identity is named
 * @example const { denials } = await readDenyPolicy(iam, { kind: "role", name: "lake" }, "keyvend-revocations-prod")
 */
export async function readDenyPolicy(
  iam: IAMClient,
  identity: Identity,
  policyName: string,
): Promise<DenyPolicy> {
  const { kind, name } = identity;
  const calls = kind === "role" ? ofRole(iam, name) : ofUser(iam, name);
  const there = await calls.get(policyName);
  const denials = there === undefined ? [] : denialsIn(there, identity, policyName);
  const others = (await calls.list()).filter((other) => other !== policyName);
  const documents = await Promise.all(others.map((other) => calls.get(other)));
  const taken = documents.reduce((sum, document) => sum + sizeOf(document), 0);
  const left = mostCharacters[kind] - taken;

  return {
    denials,
    fitted(next, getsNothing) {
      const exact = policyOf(next);
      if (sizeOf(exact) <= left) return exact;
      const short = policyOf(joined(next, getsNothing));
      if (sizeOf(short) <= left) return short;
      throw new Error(
        `The inline policies of the ${kind} ${name} would have ${taken + sizeOf(short)} characters, and IAM takes ${mostCharacters[kind]}: make a managed policy of its others, or end all of its sessions with --all-sessions.`,
      );
    },
    async become(document) {
      if (document === there) return false;
      if (document === undefined) await calls.remove(policyName);
      else await calls.put(policyName, document);
      return true;
    },
  };
}

function denialsIn(document: string, { kind, name }: Identity, policyName: string): Denial[] {
  try {
    return readDenials(document);
  } catch (error) {
    if (!(error instanceof ForeignPolicy)) throw error;
    throw new ForeignPolicy(
      `The policy ${policyName} of the ${kind} ${name} ${error.message}: somebody has changed it. Give what it denies another name, delete it, and run this again.`,
    );
  }
}

function sizeOf(document = ""): number {
  return document.replace(/\s/g, "").length;
}

interface PolicyCalls {
  get(policy: string): Promise<string | undefined>;
  list(): Promise<string[]>;
  put(policy: string, document: string): Promise<unknown>;
  remove(policy: string): Promise<unknown>;
}

function ofRole(iam: IAMClient, RoleName: string): PolicyCalls {
  return {
    get: (PolicyName) => documentOf(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    list: () => allNames((page) => iam.send(new ListRolePoliciesCommand({ RoleName, ...page }))),
    put: (PolicyName, PolicyDocument) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
    remove: (PolicyName) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  };
}

function ofUser(iam: IAMClient, UserName: string): PolicyCalls {
  return {
    get: (PolicyName) => documentOf(iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))),
    list: () => allNames((page) => iam.send(new ListUserPoliciesCommand({ UserName, ...page }))),
    put: (PolicyName, PolicyDocument) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument })),
    remove: (PolicyName) => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  };
}

/** IAM gives documents percent-encoded. */
async function documentOf(
  answer: Promise<{ PolicyDocument?: string | undefined }>,
): Promise<string | undefined> {
  try {
    return decodeURIComponent((await answer).PolicyDocument ?? "");
  } catch (error) {
    // The list of policies tells whether it is the identity that is missing.
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

interface Page {
  PolicyNames?: string[] | undefined;
  IsTruncated?: boolean | undefined;
  Marker?: string | undefined;
}

async function allNames(next: (page: { Marker?: string }) => Promise<Page>): Promise<string[]> {
  const names: string[] = [];
  let page: Page = {};
  do {
    page = await next(page.Marker === undefined ? {} : { Marker: page.Marker });
    names.push(...(page.PolicyNames ?? []));
  } while (page.IsTruncated && page.Marker !== undefined);
  return names;
}
