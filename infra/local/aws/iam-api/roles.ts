import { AwsFault } from "../aws-fault.ts";
import type { Role } from "../identities.ts";
import { optionalNumber, optionalText } from "../query-parameters.ts";
import { type TrustPolicy, trustDocument } from "../trust.ts";
import { element, optionalElement, type XmlElement } from "../xml.ts";
import type { IamAction, IamCall } from "./call.ts";
import {
  dateElement,
  encodedDocument,
  requireFree,
  requireNone,
  requireRole,
  roleArn,
  roleName,
} from "./entities.ts";
import { page, pageParameters } from "./pages.ts";
import { countedSize, documentIn, reading } from "./policy-document.ts";

const mostTrustCharacters = 2_048;

export const roleActions = {
  CreateRole: {
    takes: ["RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration"],
    resource: roleArn,
    answer(call) {
      const name = roleName(call);
      const settings = settingsIn(call);
      const trust = trustIn(call, "AssumeRolePolicyDocument");
      requireFree("Role", name, call.accounts.roles);
      const role = Object.assign(call.accounts.createRole(name, trust, call.now), settings);
      return [element("Role", roleElements(role, call))];
    },
  },
  GetRole: {
    takes: ["RoleName"],
    resource: roleArn,
    answer(call) {
      const role = requireRole(call);
      const { description, maxSessionSeconds } = role;
      return [
        element(
          "Role",
          ...roleElements(role, call),
          ...optionalElement("Description", description),
          element("MaxSessionDuration", maxSessionSeconds),
          element("RoleLastUsed"),
        ),
      ];
    },
  },
  ListRoles: {
    takes: pageParameters,
    resource: ({ accounts }) => accounts.arnOf("role", ""),
    answer(call) {
      const roles = [...call.accounts.roles.values()];
      const members = roles.map((role) =>
        element("member", ...roleElements(role, call), element("MaxSessionDuration", role.maxSessionSeconds)),
      );
      return page("Roles", call, members);
    },
  },
  UpdateRole: {
    takes: ["RoleName", "Description", "MaxSessionDuration"],
    resource: roleArn,
    // What is left out goes back to its default, as at AWS.
    answer(call) {
      Object.assign(requireRole(call), settingsIn(call));
      return [];
    },
  },
  UpdateAssumeRolePolicy: {
    takes: ["RoleName", "PolicyDocument"],
    resource: roleArn,
    answer(call) {
      const role = requireRole(call);
      role.trust = trustIn(call, "PolicyDocument");
      return [];
    },
  },
  DeleteRole: {
    takes: ["RoleName"],
    resource: roleArn,
    answer(call) {
      const role = requireRole(call);
      requireNone("policies", role.policies);
      call.accounts.roles.delete(role.name);
      return [];
    },
  },
} satisfies Record<string, IamAction>;

function settingsIn({ parameters }: IamCall): Pick<Role, "description" | "maxSessionSeconds"> {
  return {
    description: optionalText(parameters, "Description", { min: 0, max: 1_000 }),
    maxSessionSeconds: optionalNumber(parameters, "MaxSessionDuration", { min: 3_600, max: 43_200 }) ?? 3_600,
  };
}

function trustIn(call: IamCall, parameter: string): TrustPolicy {
  const document = documentIn(call, parameter);
  if (countedSize(document) > mostTrustCharacters)
    throw new AwsFault(
      409,
      "LimitExceeded",
      `Cannot exceed quota for ACLSizePerRole: ${mostTrustCharacters}`,
    );
  return reading(() => call.accounts.trustOf(JSON.parse(document)));
}

function roleElements({ name, id, arn, createdAt, trust }: Role, { accounts }: IamCall): XmlElement[] {
  return [
    element("Path", "/"),
    element("RoleName", name),
    element("RoleId", id),
    element("Arn", arn),
    dateElement("CreateDate", createdAt),
    element("AssumeRolePolicyDocument", encodedDocument(trustDocument(trust, accounts.identities()))),
  ];
}
