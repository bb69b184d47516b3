import { secretNameIn } from "../../shared/core/secret-name.ts";
import { namesOf } from "./names.ts";

/** A name that says where it belongs by itself, or an ARN. */
function isWhole(secret: string): boolean {
  return secret.includes("/") || isSecretArn(secret);
}

/** Whether a `secret` of the configuration is an ARN, and so the operator's own: no command of ours makes it. */
export function isSecretArn(secret: string): boolean {
  return secret.startsWith("arn:");
}

/**
 * The name in Secrets Manager of what `secret` says in the configuration. Without a slash it is the stage's own. One with a slash,
 * or an ARN, is given whole.
 *
 * @example secretNameOf("lake", "prod") // "keyvend-prod/lake"
 */
export function secretNameOf(secret: string, stage: string): string {
  return isWhole(secret) ? secret : `${namesOf(stage).stack}/${secret}`;
}

/** The names of all stages begin like this. */
const ofSomeStage = /^keyvend-[a-z0-9-]+\/(?=[^/]+$)/;

/**
 * Whether two entries of the configuration may name one secret, at whatever stage: an ARN may be that of a name, since its account
 * and region are not known here, and a whole name may be that of a stage's own.
 *
 * @example mayBeOneSecret("lake", "keyvend-prod/lake") // true
 */
export function mayBeOneSecret(one: string, other: string): boolean {
  if (one === other) return true;
  // Each says account and region, and they say different ones.
  if (isSecretArn(one) && isSecretArn(other)) return false;
  const names = [secretNameIn(one), secretNameIn(other)];
  const [a, b] = isWhole(one) && isWhole(other) ? names : names.map((name) => name.replace(ofSomeStage, ""));
  return a === b;
}

const ownSecrets = ["sealing-key", "client-keys"];

/** Whether a `secret` is one of keyvend's own, of whatever stage. A storage's key in it would end the service. */
export function isOwnSecret(secret: string): boolean {
  return ownSecrets.includes(secretNameIn(secret).replace(ofSomeStage, ""));
}
