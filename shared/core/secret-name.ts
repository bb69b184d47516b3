/**
 * Whether a secret, as the configuration gives it, is the one that has an ARN. AWS ends the name in an ARN with a hyphen and
 * six characters.
 *
 * @example isSecret("keyvend-prod/lake", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keyvend-prod/lake-AbCdEf") // true
 */
export function isSecret(secret: string, arn: string): boolean {
  return secret === arn || secret === arn.replace(/^arn:(?:[^:]*:){5}(.+)-[A-Za-z0-9]{6}$/, "$1");
}
