import type { Permission } from "../../../contract.ts";
import type { Given } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

/** Who asks the service, and how it is known there. */
export interface Identity {
  kind: "token" | "github-actions" | "kubernetes" | "aws" | "aws-iam";
  tokenFile: string | undefined;
  audience: string;
}

/** One question to the service. */
export interface Settings {
  url: string;
  storage: string;
  target: string[];
  permission: Permission | undefined;
  durationSeconds: number | undefined;
  identity: Identity;
}

/**
 * What to ask, of whom and as whom.
 *
 * @throws UsageError that names what is missing, and both ways to give it
 */
export function settingsOf(given: Given): Settings {
  return { ...serviceOf(given), storage: required(given, "storage") };
}

/** The same for questions that are about no storage. */
export function serviceOf(given: Given): Settings {
  const duration = given.text("duration");
  if (duration !== undefined && !/^\d{1,6}$/.test(duration))
    throw new UsageError("--duration must be a number of seconds, for example 3600.");
  const tokenFile = given.text("token-file");
  return {
    url: required(given, "url"),
    storage: "",
    target: given.texts("target"),
    permission: given.text("permission") as Permission | undefined,
    durationSeconds: duration === undefined ? undefined : Number(duration),
    identity: {
      kind: (given.text("identity") ?? "token") as Identity["kind"],
      tokenFile,
      audience: given.text("audience") ?? "keyvend",
    },
  };
}

function required(given: Given, name: "url" | "storage"): string {
  const value = given.text(name);
  if (value) return value;
  const example = { url: "https://vend.example.com", storage: "lake" }[name];
  throw new UsageError(
    `--${name} is missing: give --${name} ${example}, or set KEYVEND_${name.toUpperCase()}.`,
  );
}
