import { createHash } from "node:crypto";
import type { Config } from "../shared/core/config.ts";
import type { Grant } from "../shared/core/grant.ts";
import { type StorageOf, secretOf } from "../shared/core/storage.ts";
import { rotationRights } from "./rotation-rights.ts";

type ResourceReference = string | { Ref: string };

interface IssuingStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: ResourceReference[];
}

/** Which pages in browsers may ask the API and read its answers, in the words of `serverless.yml`. */
export interface CorsSettings {
  allowedOrigins: readonly string[];
  allowedHeaders: readonly string[];
  allowedMethods: readonly string[];
  exposedResponseHeaders: readonly string[];
  /** For so many seconds a browser need not ask again whether it may. */
  maxAge: number;
}

/**
 * The facts that the CloudFormation template needs from the configuration. `serverless.yml` and `infra/roles.yml` read
 * them.
 */
interface DeploymentFacts {
  /**
   * The functions' policy for issuing: the secrets that they may read and the roles that they may assume, and no
   * others.
   */
  issuing: { Version: "2012-10-17"; Statement: IssuingStatement[] };
  /** An empty secret for each secret that the configuration gives by name. */
  storageSecrets: { Resources: Record<string, object> };
  /** The rights of the function that rotates keys, if any are rotated. */
  rotation: { Resources: Record<string, object> };
  /** False: no page may. */
  cors: CorsSettings | false;
}

/**
 * Derives the resources and rights that a configuration needs in AWS: an empty secret for each long-term key that is
 * given by name, and the rights to read exactly the secrets in use, to assume exactly the roles that storages name
 * without a secret, and to set tags and source identities exactly on those roles whose sessions get them.
 *
 * A secret that is given by ARN is the operator's own: the functions may read it, and the template does not make it.
 *
 * @example deploymentOf(config).issuing.Statement
 */
export function deploymentOf({ storages, grants, corsOrigins }: Config): DeploymentFacts {
  const secrets = new Set<string>();
  const byOwnRole: StorageOf<"assume-role">[] = [];
  for (const storage of storages.values()) {
    const secret = secretOf(storage);
    if (secret !== undefined) secrets.add(secret);
    else if (storage.issue === "assume-role") byOwnRole.push(storage);
  }
  const someGrantSets = (attribute: "sessionTags" | "sourceIdentity", storage: StorageOf<"assume-role">) =>
    grants.all.some((grant) => isInForce(grant, storage) && grant[attribute] !== undefined);
  const withTags = byOwnRole.filter((storage) => someGrantSets("sessionTags", storage));
  const withSourceIdentity = byOwnRole.filter(
    (storage) => storage.sourceIdentity || someGrantSets("sourceIdentity", storage),
  );
  return {
    issuing: {
      Version: "2012-10-17",
      Statement: [
        allow("ReadKeys", "secretsmanager:GetSecretValue", [
          { Ref: "SealingKey" },
          ...[...secrets].map(referenceTo),
        ]),
        ...allowOn("AssumeStorageRoles", "sts:AssumeRole", byOwnRole),
        ...allowOn("TagTheirSessions", "sts:TagSession", withTags),
        ...allowOn("NameTheirSources", "sts:SetSourceIdentity", withSourceIdentity),
      ],
    },
    storageSecrets: {
      Resources: Object.fromEntries(
        [...secrets].filter((secret) => !isArn(secret)).map((name) => [logicalIdOf(name), emptySecret(name)]),
      ),
    },
    rotation: rotationRights(storages.values(), referenceTo),
    cors: corsOrigins ? corsFor(corsOrigins) : false,
  };
}

/** Requests have a token in a header and no cookie, so that no page can use what a browser keeps for another. */
const corsFor = (allowedOrigins: readonly string[]): CorsSettings => ({
  allowedOrigins,
  allowedHeaders: ["authorization"],
  allowedMethods: ["GET"],
  exposedResponseHeaders: ["retry-after", "warning"],
  maxAge: 3_600,
});

/** A grant in audit mode grants nothing, and so asks STS for nothing. */
function isInForce(grant: Grant, { name }: StorageOf<"assume-role">): boolean {
  return grant.mode === "enforce" && grant.storage === name;
}

/** One role may serve several storages. Without a role there is no statement. */
function allowOn(
  sid: string,
  action: string,
  storages: readonly StorageOf<"assume-role">[],
): IssuingStatement[] {
  const roles = [...new Set(storages.map(({ roleArn }) => roleArn))];
  return roles.length > 0 ? [allow(sid, action, roles)] : [];
}

function allow(sid: string, action: string, resources: ResourceReference[]): IssuingStatement {
  return { Sid: sid, Effect: "Allow", Action: [action], Resource: resources };
}

function referenceTo(secret: string): ResourceReference {
  return isArn(secret) ? secret : { Ref: logicalIdOf(secret) };
}

function isArn(secret: string): boolean {
  return secret.startsWith("arn:");
}

/** A logical id has letters and digits only, and two names must never get the same one. */
function logicalIdOf(secret: string): string {
  return `StorageSecret${createHash("sha256").update(secret).digest("hex").slice(0, 16)}`;
}

/** The secret has no value: a long-term key never passes through a template. The operator puts it in afterwards. */
function emptySecret(name: string): object {
  return {
    Type: "AWS::SecretsManager::Secret",
    DeletionPolicy: "RetainExceptOnCreate",
    UpdateReplacePolicy: "Retain",
    Properties: {
      Name: name,
      Description: "Long-term key of a keyvend storage. The operator fills it in.",
    },
  };
}
