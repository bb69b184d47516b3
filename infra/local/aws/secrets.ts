import { createHash, randomUUID } from "node:crypto";
import { AwsFault } from "./aws-fault.ts";

/** A secret's content: text, or bytes in base64, in the form of Secrets Manager's own answers. */
export type SecretContent = { SecretString: string } | { SecretBinary: string };

interface SecretVersion {
  id: string;
  /** Absent until a rotation that was begun has put one. */
  content?: SecretContent;
  stages: ReadonlySet<string>;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface Secret {
  name: string;
  arn: string;
  /** Epoch milliseconds. */
  createdAt: number;
  lastChangedAt: number;
  /** Oldest first. */
  versions: SecretVersion[];
  tags: ReadonlyMap<string, string>;
  rotation?: Rotation;
}

/** How a secret is rotated. */
interface Rotation {
  functionArn: string;
  rules: RotationRules;
  /** Epoch milliseconds; absent before the first. */
  lastRotatedAt?: number;
}

export interface RotationRules {
  AutomaticallyAfterDays?: number | undefined;
  ScheduleExpression?: string | undefined;
  Duration?: string | undefined;
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
  /**
   * Moves a stage. Without `from` no version may have it, and without `to` none has it afterwards. A version without any
   * stage can still be read by its id.
   */
  moveStage(secret: Secret, stage: string, from: string | undefined, to: string | undefined): void;
}

export const currentStage = "AWSCURRENT";
export const pendingStage = "AWSPENDING";
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
    if (same?.content !== undefined) {
      // The SDK sends the same id with each retry. If the content is the same too, it was put already.
      if (JSON.stringify(same.content) === JSON.stringify(content)) return same;
      throw new AwsFault(
        400,
        "ResourceExistsException",
        "A version with this ClientRequestToken exists already.",
      );
    }
    const version: SecretVersion = { id: versionId, content, stages: new Set(stages), createdAt: now };
    const others = secret.versions.filter((other) => other !== same);
    secret.versions = [...others.map((older) => withoutStages(older, version.stages)), version];
    secret.lastChangedAt = now;
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
      const arn = `${arnPrefix}${name}-${suffix}`;
      const secret: Secret = {
        ...{ name, arn, createdAt: now, lastChangedAt: now },
        versions: [],
        tags: new Map(),
      };
      put(secret, versionId, content, [currentStage], now);
      secrets.set(name, secret);
      return secret;
    },
    put,
    moveStage(secret, stage, from, to) {
      const holder = secret.versions.find(({ stages }) => stages.has(stage));
      if (holder !== undefined && holder.id === to) return;
      if (holder?.id !== from)
        throw invalid(
          `The stage ${stage} is ${holder === undefined ? "on no version" : `on ${holder.id}`}, which RemoveFromVersionId must say.`,
        );
      if (to !== undefined && !secret.versions.some(({ id }) => id === to))
        throw invalid("There is no version MoveToVersionId.");
      const moved = new Set([stage]);
      secret.versions = secret.versions.map((version) => {
        const rest = withoutStages(version, moved);
        return version.id === to ? { ...rest, stages: new Set([...rest.stages, stage]) } : rest;
      });
    },
  };
}

function invalid(message: string): AwsFault {
  return new AwsFault(400, "InvalidParameterException", message);
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
