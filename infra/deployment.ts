import { corsRules } from "../functions/server/cors.ts";
import type { Config } from "../shared/core/config.ts";
import { type Storage, type StorageOf, secretOf } from "../shared/core/storage.ts";
import { askedOfSts } from "./asked-of-sts.ts";
import { isSecretArn, secretNameOf } from "./deploy/secret-names.ts";
import { rotationRights } from "./rotation-rights.ts";

type ResourceReference = string | { Ref: string } | { "Fn::Sub": string };

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
  /** The rights of the function that rotates keys, if any are rotated. */
  rotation: { Resources: Record<string, object> };
  /** False: no page may. */
  cors: CorsSettings | false;
}

/**
 * The configuration as a stage's functions have it: with the whole name of each secret.
 *
 * @example deploymentOf(atStage(config, "prod")).issuing
 */
export function atStage(config: Config, stage: string): Config {
  const named = (storage: Storage): Storage =>
    "secret" in storage && storage.secret !== undefined
      ? { ...storage, secret: secretNameOf(storage.secret, stage) }
      : storage;
  return {
    ...config,
    storages: new Map([...config.storages].map(([name, storage]) => [name, named(storage)])),
  };
}

/**
 * Derives the rights that a configuration needs in AWS: to read exactly the secrets in use, to assume exactly the roles that storages
 * name without a secret, and to set tags and source identities exactly on those roles whose sessions get them.
 *
 * The secrets of storages are not the template's: it would fail where a secret is there already, such as that of a storage which was
 * removed and comes back.
 *
 * @example deploymentOf(atStage(config, "prod")).issuing.Statement
 */
export function deploymentOf(config: Config): DeploymentFacts {
  const { storages, corsOrigins } = config;
  const secrets = new Set<string>();
  const byOwnRole: StorageOf<"assume-role">[] = [];
  for (const storage of storages.values()) {
    const secret = secretOf(storage);
    if (secret !== undefined) secrets.add(secret);
    else if (storage.issue === "assume-role") byOwnRole.push(storage);
  }
  const asked = new Map(byOwnRole.map((storage) => [storage, askedOfSts(storage, config)]));
  const withTags = byOwnRole.filter((storage) => asked.get(storage)?.tagKeys.length);
  const withSourceIdentity = byOwnRole.filter((storage) => asked.get(storage)?.hasSourceIdentity);
  return {
    issuing: {
      Version: "2012-10-17",
      Statement: [
        allow("ReadKeys", "secretsmanager:GetSecretValue", [
          { Ref: "SealingKey" },
          ...[...secrets].map(arnOfSecret),
        ]),
        ...allowOn("AssumeStorageRoles", "sts:AssumeRole", byOwnRole),
        ...allowOn("TagTheirSessions", "sts:TagSession", withTags),
        ...allowOn("NameTheirSources", "sts:SetSourceIdentity", withSourceIdentity),
      ],
    },
    rotation: rotationRights(storages.values(), arnOfSecret),
    cors: corsOrigins ? corsFor(corsOrigins) : false,
  };
}

const corsFor = (allowedOrigins: readonly string[]): CorsSettings => ({ allowedOrigins, ...corsRules });

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

/** AWS ends the ARN of every secret with a hyphen and six characters, which are known once the secret is made. */
function arnOfSecret(secret: string): ResourceReference {
  if (isSecretArn(secret)) return secret;
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${secret}-??????`,
  };
}
