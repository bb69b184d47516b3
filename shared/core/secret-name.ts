/**
 * The name of the secret in an ARN, which AWS ends with a hyphen and six characters; any other text as it is.
 *
 * @example secretNameIn("arn:aws:secretsmanager:eu-central-1:123456789012:secret:keyvend-prod/lake-AbCdEf") // "keyvend-prod/lake"
 */
export function secretNameIn(secret: string): string {
  return secret.replace(/^arn:(?:[^:]*:){5}(.+)-[A-Za-z0-9]{6}$/, "$1");
}
