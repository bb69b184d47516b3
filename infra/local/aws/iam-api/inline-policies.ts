import { AwsFault } from "../aws-fault.ts";
import { type Identity, putPolicy } from "../identities.ts";
import { nameShape, requiredText } from "../query-parameters.ts";
import { element } from "../xml.ts";
import type { IamAction, IamCall } from "./call.ts";
import {
  encodedDocument,
  missing,
  requireRole,
  requireUser,
  roleArn,
  userArn,
  userName,
} from "./entities.ts";
import { page, pageParameters } from "./pages.ts";
import { countedSize, documentIn, reading } from "./policy-document.ts";

/** The two kinds of identities differ in their words and in how much all inline policies of one may have together. */
const ofUsers = {
  kind: "User",
  mostCharacters: 2_048,
  resource: userArn,
  find: (call: IamCall): Identity => requireUser(call, userName(call)),
} as const;
const ofRoles = { kind: "Role", mostCharacters: 10_240, resource: roleArn, find: requireRole } as const;
type Owner = typeof ofUsers | typeof ofRoles;

export const inlinePolicyActions: Readonly<Record<string, IamAction>> = {
  PutUserPolicy: put(ofUsers),
  PutRolePolicy: put(ofRoles),
  GetUserPolicy: get(ofUsers),
  GetRolePolicy: get(ofRoles),
  DeleteUserPolicy: remove(ofUsers),
  DeleteRolePolicy: remove(ofRoles),
  ListUserPolicies: list(ofUsers),
  ListRolePolicies: list(ofRoles),
  ListAttachedUserPolicies: listAttached(ofUsers),
  ListAttachedRolePolicies: listAttached(ofRoles),
};

function put({ kind, mostCharacters, resource, find }: Owner): IamAction {
  return {
    takes: [`${kind}Name`, "PolicyName", "PolicyDocument"],
    resource,
    answer(call) {
      const name = policyName(call);
      const document = documentIn(call, "PolicyDocument");
      const identity = find(call);
      const others = [...identity.policies].filter(([other]) => other !== name);
      const size = [document, ...others.map(([, policy]) => policy.document)].map(countedSize);
      if (size.reduce((sum, one) => sum + one, 0) > mostCharacters) {
        const limit = `Maximum policy size of ${mostCharacters} bytes exceeded for ${kind.toLowerCase()} ${identity.name}`;
        throw new AwsFault(409, "LimitExceeded", limit);
      }
      reading(() => putPolicy(identity, name, document));
      return [];
    },
  };
}

function get({ kind, resource, find }: Owner): IamAction {
  return {
    takes: [`${kind}Name`, "PolicyName"],
    resource,
    answer(call) {
      const identity = find(call);
      const { document } = identity.policies.get(policyName(call)) ?? noPolicy(kind, policyName(call));
      return [
        element(`${kind}Name`, identity.name),
        element("PolicyName", policyName(call)),
        element("PolicyDocument", encodedDocument(document)),
      ];
    },
  };
}

function remove({ kind, resource, find }: Owner): IamAction {
  return {
    takes: [`${kind}Name`, "PolicyName"],
    resource,
    answer(call) {
      if (!find(call).policies.delete(policyName(call))) noPolicy(kind, policyName(call));
      return [];
    },
  };
}

function list({ kind, resource, find }: Owner): IamAction {
  return {
    takes: [`${kind}Name`, ...pageParameters],
    resource,
    answer(call) {
      const names = [...find(call).policies.keys()].sort();
      return page(
        "PolicyNames",
        call,
        names.map((name) => element("member", name)),
      );
    },
  };
}

/** There are no managed policies, so that none is attached. */
function listAttached({ kind, resource, find }: Owner): IamAction {
  return {
    takes: [`${kind}Name`, ...pageParameters],
    resource,
    answer(call) {
      find(call);
      return page("AttachedPolicies", call, []);
    },
  };
}

function policyName({ parameters }: IamCall): string {
  return requiredText(parameters, "PolicyName", { min: 1, max: 128, shape: nameShape });
}

function noPolicy(kind: Owner["kind"], name: string): never {
  return missing(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`);
}
