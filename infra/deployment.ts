import { createHash } from "node:crypto";
import type { Config } from "../shared/core/config.ts";

type Reference = string | { Ref: string };

interface Statement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: Reference[];
}

/** What the CloudFormation template takes from the configuration; `serverless.yml` and `infra/roles.yml` read it. */
export interface Deployment {
  /** What functions may read and assume in order to issue, and nothing else. */
  issuing: { Version: "2012-10-17"; Statement: Statement[] };
  /** An empty secret for each that the configuration gives by name. */
  storageSecrets: { Resources: Record<string, object> };
}

/**
 * Works out what a configuration needs in AWS: a secret to be filled for each long-term key given by name, the right
 * to read exactly the secrets in use, and the right to assume exactly the roles that no secret stands for.
 *
 * A secret given by ARN is the operator's own: it may be read, and is not made.
 *
 * @example deploymentOf(config).issuing.Statement
 */
export function deploymentOf({ storages }: Config): Deployment {
  const secrets = new Set<string>();
  const roles = new Set<string>();
  for (const storage of storages.values()) {
    if ("secret" in storage && storage.secret !== undefined) secrets.add(storage.secret);
    else if (storage.issue === "assume-role") roles.add(storage.roleArn);
  }
  const named = [...secrets].filter((secret) => !isArn(secret));
  return {
    issuing: {
      Version: "2012-10-17",
      Statement: [
        allow("ReadKeys", "secretsmanager:GetSecretValue", [
          { Ref: "SealingKey" },
          ...[...secrets].map((secret) => (isArn(secret) ? secret : { Ref: logicalIdOf(secret) })),
        ]),
        ...(roles.size > 0 ? [allow("AssumeStorageRoles", "sts:AssumeRole", [...roles])] : []),
      ],
    },
    storageSecrets: {
      Resources: Object.fromEntries(named.map((name) => [logicalIdOf(name), emptySecret(name)])),
    },
  };
}

function allow(Sid: string, action: string, Resource: Reference[]): Statement {
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
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      Name: name,
      Description: "Long-term key of a storage of keyvend. Filled in by its operator.",
    },
  };
}
