import { createHash, randomUUID } from "node:crypto";
import { AwsFault } from "./aws-fault.ts";

/** A secret's content: text, or bytes in base64, in the form of Secrets Manager's own answers. */
export type SecretContent = { SecretString: string } | { SecretBinary: string };

interface SecretVersion {
  id: string;
  content: SecretContent;
  stages: ReadonlySet<string>;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Secret {
  name: string;
  arn: string;
  /** Oldest first. */
  versions: SecretVersion[];
}

/** Secrets by name or ARN, in memory. The errors are Secrets Manager's own. */
interface Secrets {
  find(nameOrArn: string): Secret | undefined;
  /** The ARN about which policies decide, even if there is no such secret. */
  arnOf(nameOrArn: string): string;
  create(name: string, versionId: string | undefined, content: SecretContent, now: number): Secret;
  put(
    secret: Secret,
    versionId: string | undefined,
    content: SecretContent,
    stages: readonly string[],
    now: number,
  ): SecretVersion;
  /** Takes a stage away from the version that has it. The version can still be read by its id. */
  takeStage(secret: Secret, stage: string, versionId: string): void;
}

export const currentStage = "AWSCURRENT";
const previousStage = "AWSPREVIOUS";

/** `arnPrefix` ends before the secret's name: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:` */
export function createSecrets(arnPrefix: string): Secrets {
  const secrets = new Map<string, Secret>();

  const find = (nameOrArn: string) =>
    secrets.get(nameOrArn) ??
    [...secrets.values()].find(({ name, arn }) => nameOrArn === arn || nameOrArn === arnPrefix + name);

  function put(
    ...[secret, versionId = randomUUID(), content, stages, now]: Parameters<Secrets["put"]>
  ): SecretVersion {
    const same = secret.versions.find(({ id }) => id === versionId);
    if (same !== undefined) {
      // The SDK sends the same id with each retry. If the content is the same too, it was put already.
      if (JSON.stringify(same.content) === JSON.stringify(content)) return same;
      throw new AwsFault(
        400,
        "ResourceExistsException",
        "A version with this ClientRequestToken exists already.",
      );
    }
    const version: SecretVersion = { id: versionId, content, stages: new Set(stages), createdAt: now };
    secret.versions = [...secret.versions.map((older) => withoutStages(older, version.stages)), version];
    return version;
  }

  return {
    find,
    arnOf: (nameOrArn) =>
      find(nameOrArn)?.arn ?? (nameOrArn.startsWith("arn:") ? nameOrArn : arnPrefix + nameOrArn),
    create(name, versionId, content, now) {
      if (secrets.has(name))
        throw new AwsFault(
          400,
          "ResourceExistsException",
          "The operation failed because the secret already exists.",
        );
      // AWS ends the ARN of a secret with six characters of its own.
      const suffix = createHash("sha256").update(name).digest("hex").slice(0, 6);
      const secret: Secret = { name, arn: `${arnPrefix}${name}-${suffix}`, versions: [] };
      put(secret, versionId, content, [currentStage], now);
      secrets.set(name, secret);
      return secret;
    },
    put,
    takeStage(secret, stage, versionId) {
      const version = secret.versions.find(({ id }) => id === versionId);
      if (version?.stages.has(stage) !== true)
        throw new AwsFault(400, "InvalidParameterException", `The version does not have the stage ${stage}.`);
      version.stages = new Set([...version.stages].filter((other) => other !== stage));
    },
  };
}

/**
 * An older version without the stages of a new one. A stage is on one version at a time, and the version that was
 * current becomes the previous one.
 */
function withoutStages(version: SecretVersion, newStages: ReadonlySet<string>): SecretVersion {
  const movesCurrent = newStages.has(currentStage);
  const lostStages = movesCurrent ? new Set([previousStage, ...newStages]) : newStages;
  const stages = [...version.stages].filter((stage) => !lostStages.has(stage));
  const becomesPrevious = movesCurrent && version.stages.has(currentStage);
  return { ...version, stages: new Set(becomesPrevious ? [...stages, previousStage] : stages) };
}
