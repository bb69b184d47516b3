import { explain } from "../../../shared/client/src/cli/service.ts";
import type { Permission, StorageSummary } from "../../../shared/contract.ts";
import { contains } from "../../../shared/core/prefix.ts";
import { permits } from "../../../shared/core/scope.ts";
import { formatTarget } from "../../../shared/core/target.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";
import { type GrantedScope, scopesOf } from "./scopes.ts";

/** More than a scope. */
interface Ask {
  prefix: string;
  permission: Permission;
}

/**
 * Asks the service whether it would vend more than a scope: beside it, above it, and with the other half of the permission.
 * It decides as for credentials, and issues nothing.
 */
export async function checkBeyond(granted: GrantedScope, setting: DoctorSetting): Promise<Finding[]> {
  const of = about("beyond", granted.title);
  const { storage } = granted;
  const asks = asksBeyond(granted).filter((ask) => !isGranted(ask, storage));
  if (asks.length === 0) return [of.ok("the grants have all of the storage")];
  const allowed: string[] = [];
  for (const { prefix, permission } of asks) {
    const target = formatTarget(storage.Bucket, prefix);
    const question = { storage: storage.Storage, target: [target], permission, durationSeconds: undefined };
    const { Decision } = await explain({ ...setting.service, ...question }, setting.env);
    if (Decision === "allowed") allowed.push(`${permission} on ${target}`);
  }
  return [
    allowed.length === 0
      ? of.ok(`${asks.length} asks for more are refused`)
      : of.failed(
          `would vend ${allowed.join(", ")}, which no listed grant has`,
          "Compare the grants with the configuration, and deploy it anew.",
        ),
  ];
}

function asksBeyond({ scope: { prefixes, permission } }: GrantedScope): Ask[] {
  return prefixes.flatMap((prefix) => [
    ...(prefix === ""
      ? []
      : [
          { prefix: `${prefix.slice(0, -1)}-keyvend-doctor/`, permission },
          { prefix: "", permission },
        ]),
    ...(permission === "READWRITE" ? [] : [{ prefix, permission: "READWRITE" as const }]),
  ]);
}

/** Whether any of the identity's grants has it, not only the one that is looked at. */
function isGranted({ prefix, permission }: Ask, storage: StorageSummary): boolean {
  return scopesOf([storage]).some(
    ({ scope }) =>
      permits(scope.permission, permission) && scope.prefixes.some((outer) => contains(outer, prefix)),
  );
}
