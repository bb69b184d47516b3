import type { CredentialsAnswer } from "../../../contract.ts";
import { checkAnswer, type Vended } from "../check-answer.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { VendingError } from "../vending-error.ts";
import { ask } from "./ask.ts";
import type { Place } from "./clients/client-settings.ts";
import { placeOf } from "./place.ts";
import type { Settings } from "./settings.ts";

/**
 * Credentials, checked more strictly than for a program that hands them to an SDK: here they are written into shells
 * and files. Keys of S3 are visible ASCII, every one.
 *
 * @throws VendingError (rejects)
 */
export async function vend(settings: Settings, env: Environment): Promise<Vended & { place: Place }> {
  const body = await ask<CredentialsAnswer>("credentials", settings, env);
  const vended = checkAnswer(body);
  const { accessKeyId, secretAccessKey, sessionToken = "-" } = vended.credentials;
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken }))
    if (!/^[!-~]+$/.test(value))
      throw new VendingError("invalid_answer", `No good ${name}. Check that --url is a keyvend service.`);
  return { ...vended, place: placeOf(body, body.Targets) };
}
