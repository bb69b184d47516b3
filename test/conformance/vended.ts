import { comeBack } from "../../infra/local/come-back.ts";
import type { CredentialsAnswer, Problem } from "../../shared/contract.ts";
import type { TestCredentials } from "./clients.ts";

/**
 * Asks a whole keyvend for credentials, as a client does.
 *
 * @returns the credentials, or the refusal as in `403 no_grant`
 * @example await vended(stack.url, await stack.token(), "lake", "target=s3://lake/t1/")
 */
export async function vended(
  url: string,
  token: string,
  storage: string,
  query = "",
): Promise<TestCredentials | string> {
  const response = await comeBack(() =>
    fetch(`${url}/v1/storages/${storage}/credentials?${query}`, { headers: { Authorization: token } }),
  );
  const answer = (await response.json()) as CredentialsAnswer & Problem;
  if (!response.ok) return `${response.status} ${answer.code}`;
  const { AccessKeyId, SecretAccessKey, Token } = answer;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}
