import { createHash } from "node:crypto";
import type { Config } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import type { StorageOf } from "../shared/core/storage.ts";

type ResourceReference = string | { Ref: string };

interface IssuingStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: ResourceReference[];
}

/** What the CloudFormation template takes from the configuration; `serverless.yml` and `infra/roles.yml` read it. */
interface DeploymentFacts {
  /** What functions may read and assume in order to issue, and nothing else. */
  issuing: { Version: "2012-10-17"; Statement: IssuingStatement[] };
  /** An empty secret for each that the configuration gives by name. */
  storageSecrets: { Resources: Record<string, object> };
}

/**
 * Works out what a configuration needs in AWS: a secret to be filled for each long-term key given by name, the right
 * to read exactly the secrets in use, and the right to assume exactly the roles that no secret stands for, and to tell
 * them who is behind a session exactly where the configuration does.
 *
 * A secret given by ARN is the operator's own: it may be read, and is not made.
 *
 * @example deploymentOf(config).issuing.Statement
 */
export function deploymentOf({ storages, grants }: Config): DeploymentFacts {
  const secrets = new Set<string>();
  const assumed: StorageOf<"assume-role">[] = [];
  for (const storage of storages.values()) {
    if ("secret" in storage && storage.secret !== undefined) secrets.add(storage.secret);
    else if (storage.issue === "assume-role") assumed.push(storage);
  }
  const granted = (storage: StorageOf<"assume-role">, attribute: "sessionTags" | "sourceIdentity") =>
    grants.all.some((grant) => isInForce(grant, storage) && grant[attribute] !== undefined);
  const tagged = assumed.filter((storage) => granted(storage, "sessionTags"));
  const named = assumed.filter((storage) => storage.sourceIdentity || granted(storage, "sourceIdentity"));
  return {
    issuing: {
      Version: "2012-10-17",
      Statement: [
        allow("ReadKeys", "secretsmanager:GetSecretValue", [
          { Ref: "SealingKey" },
          ...[...secrets].map((secret) => (isArn(secret) ? secret : { Ref: logicalIdOf(secret) })),
        ]),
        ...allowOn("AssumeStorageRoles", "sts:AssumeRole", assumed),
        ...allowOn("TagTheirSessions", "sts:TagSession", tagged),
        ...allowOn("NameTheirSources", "sts:SetSourceIdentity", named),
      ],
    },
    storageSecrets: {
      Resources: Object.fromEntries(
        [...secrets].filter((secret) => !isArn(secret)).map((name) => [logicalIdOf(name), emptySecret(name)]),
      ),
    },
  };
}

/** A grant in audit mode grants nothing, and so asks STS for nothing. */
function isInForce(grant: Grant, { name }: StorageOf<"assume-role">): boolean {
  return grant.mode === "enforce" && grant.storage === name;
}

/** One role may serve several storages; no role, no statement. */
function allowOn(
  Sid: string,
  action: string,
  storages: readonly StorageOf<"assume-role">[],
): IssuingStatement[] {
  const roles = [...new Set(storages.map(({ roleArn }) => roleArn))];
  return roles.length > 0 ? [allow(Sid, action, roles)] : [];
}

function allow(Sid: string, action: string, Resource: ResourceReference[]): IssuingStatement {
  return { Sid, Effect: "Allow", Action: [action], Resource };
}

function isArn(secret: string): boolean {
  return secret.startsWith("arn:");
}

/** Logical ids are letters and digits only, and two names must never fall on one. */
function logicalIdOf(secret: string): string {
  return `StorageSecret${createHash("sha256").update(secret).digest("hex").slice(0, 16)}`;
}

/** Without a value: a long-term key never passes through a template, the operator puts it in afterwards. */
function emptySecret(name: string): object {
  return {
    Type: "AWS::SecretsManager::Secret",
    DeletionPolicy: "RetainExceptOnCreate",
    UpdateReplacePolicy: "Retain",
    Properties: {
      Name: name,
      Description: "Long-term key of a storage of keyvend. Filled in by its operator.",
    },
  };
}
