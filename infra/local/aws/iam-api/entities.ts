import { AwsFault } from "../aws-fault.ts";
import type { Identity, Role, User } from "../identities.ts";
import { nameShape, optionalText, requiredText } from "../query-parameters.ts";
import { element, type XmlElement } from "../xml.ts";
import type { IamCall } from "./call.ts";

const nameRule = { min: 1, max: 64, shape: nameShape };

export function userName({ parameters }: IamCall): string {
  return requiredText(parameters, "UserName", nameRule);
}

/** The user that a call names, or else the user that calls. */
export function userNameOrCaller({ parameters, caller }: IamCall): string {
  const name = optionalText(parameters, "UserName", nameRule) ?? caller.user?.name;
  if (name !== undefined) return name;
  throw new AwsFault(400, "ValidationError", "Must specify userName when calling with non-User credentials");
}

export function roleName({ parameters }: IamCall): string {
  return requiredText(parameters, "RoleName", nameRule);
}

export function userArn(call: IamCall): string {
  return call.accounts.arnOf("user", userName(call));
}

export function userOrCallerArn(call: IamCall): string {
  return call.accounts.arnOf("user", userNameOrCaller(call));
}

export function roleArn(call: IamCall): string {
  return call.accounts.arnOf("role", roleName(call));
}

/** @throws AwsFault `NoSuchEntity` */
export function requireUser({ accounts }: IamCall, name: string): User {
  return accounts.users.get(name) ?? missing(`The user with name ${name} cannot be found.`);
}

/** @throws AwsFault `NoSuchEntity` */
export function requireRole(call: IamCall): Role {
  const name = roleName(call);
  return call.accounts.roles.get(name) ?? missing(`The role with name ${name} cannot be found.`);
}

export function missing(message: string): never {
  throw new AwsFault(404, "NoSuchEntity", message);
}

export function requireFree(kind: "User" | "Role", name: string, taken: ReadonlyMap<string, Identity>): void {
  if (!taken.has(name)) return;
  throw new AwsFault(409, "EntityAlreadyExists", `${kind} with name ${name} already exists.`);
}

/** Refuses to delete what still has parts. */
export function requireNone(what: string, parts: { size: number }): void {
  if (parts.size === 0) return;
  throw new AwsFault(409, "DeleteConflict", `Cannot delete entity, must delete ${what} first.`);
}

/** A time as IAM shows it, in whole seconds. */
export function dateElement(name: string, at: number): XmlElement {
  return element(name, `${new Date(at).toISOString().slice(0, 19)}Z`);
}

/** A policy as IAM shows it: encoded by RFC 3986. */
export function encodedDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
