import { createHash, randomUUID } from "node:crypto";
import { AwsFault } from "./aws-fault.ts";

/** A secret's content: text, or bytes in base64, as Secrets Manager's own answers have it. */
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

/** Secrets by name or ARN, in memory; the errors are Secrets Manager's own. */
interface Secrets {
  find(nameOrArn: string): Secret | undefined;
  /** The ARN that a policy is asked about, also where there is no such secret. */
  arnOf(nameOrArn: string): string;
  create(name: string, versionId: string | undefined, content: SecretContent, now: number): Secret;
  put(
    secret: Secret,
    versionId: string | undefined,
    content: SecretContent,
    stages: readonly string[],
    now: number,
  ): SecretVersion;
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
      // The SDK sends one id with each retry: the same content again has been put already.
      if (JSON.stringify(same.content) === JSON.stringify(content)) return same;
      throw new AwsFault(
        400,
        "ResourceExistsException",
        "A version with this ClientRequestToken exists already.",
      );
    }
    const version: SecretVersion = { id: versionId, content, stages: new Set(stages), createdAt: now };
    secret.versions = [...secret.versions.map((older) => giveUp(older, version.stages)), version];
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
      // AWS ends the ARN of a secret in six characters of its own.
      const suffix = createHash("sha256").update(name).digest("hex").slice(0, 6);
      const secret: Secret = { name, arn: `${arnPrefix}${name}-${suffix}`, versions: [] };
      put(secret, versionId, content, [currentStage], now);
      secrets.set(name, secret);
      return secret;
    },
    put,
  };
}

/** A stage is on one version at a time; the version that was current becomes the previous one. */
function giveUp(version: SecretVersion, taken: ReadonlySet<string>): SecretVersion {
  const wasCurrent = version.stages.has(currentStage) && taken.has(currentStage);
  const kept = taken.has(currentStage) ? new Set([previousStage, ...taken]) : taken;
  const stages = [...version.stages].filter((stage) => !kept.has(stage));
  return { ...version, stages: new Set(wasCurrent ? [...stages, previousStage] : stages) };
}
