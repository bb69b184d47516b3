import type { Permission } from "../../../contract.ts";
import { type Arguments, UsageError } from "./command-line.ts";

/** Where the caller's identity comes from. */
export interface Identity {
  kind: "token" | "github-actions" | "kubernetes" | "aws" | "aws-iam";
  tokenFile: string | undefined;
  audience: string;
}

/** Which service is asked, and with which identity. */
export interface ServiceSettings {
  url: string;
  identity: Identity;
}

/** A question to the service about one storage. */
export interface Settings extends ServiceSettings {
  storage: string;
  target: string[];
  permission: Permission | undefined;
  durationSeconds: number | undefined;
}

/**
 * The settings of a question about no storage in particular.
 *
 * @throws UsageError that names what is missing, and both ways to set it
 */
export function readServiceSettings(args: Arguments): ServiceSettings {
  return {
    url: requiredText(args, "url", "https://vend.example.com"),
    identity: {
      kind: (args.text("identity") ?? "token") as Identity["kind"],
      tokenFile: args.text("token-file"),
      audience: args.text("audience") ?? "keyvend",
    },
  };
}

/**
 * The settings of a question about one storage.
 *
 * @throws UsageError that names what is missing, and both ways to set it
 */
export function readSettings(args: Arguments): Settings {
  const duration = args.text("duration");
  // The bounds are the service's.
  if (duration !== undefined && !(/^\d{4,6}$/.test(duration) && +duration >= 1_800 && +duration <= 129_600))
    throw new UsageError("must be whole seconds from 1800 to 129600, for example 3600.", "duration");
  return {
    ...readServiceSettings(args),
    storage: requiredText(args, "storage", "lake"),
    target: args.texts("target"),
    permission: args.text("permission") as Permission | undefined,
    durationSeconds: duration === undefined ? undefined : Number(duration),
  };
}

function requiredText(args: Arguments, name: "url" | "storage", example: string): string {
  const value = args.text(name);
  if (value) return value;
  throw new UsageError(
    `--${name} is missing: give --${name} ${example}, or set KEYVEND_${name.toUpperCase()}.`,
  );
}
