// What samples and tutorials show: clients in each request, nothing kept. The SDK is that of the runtime, so it is not bundled.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as work from "./work.mjs";

const { settings } = work;
const keys = createRemoteJWKSet(new URL(settings.jwksUri));
const accepted = { issuer: settings.issuer, audience: settings.audience, algorithms: ["RS256"] };

export async function handler(event, context) {
  try {
    const ask = work.readAsk(event);
    const { payload } = await jwtVerify(work.bearer(event), keys, accepted).catch((error) => {
      throw new work.Refusal(401, "unauthenticated", { cause: error });
    });
    const grant = work.decide(payload, ask);
    const secretsManager = new SecretsManagerClient({});
    const { SecretString } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId: settings.secret }),
    );
    const sts = new STSClient({ credentials: JSON.parse(SecretString), endpoint: settings.stsEndpoint });
    const { Credentials } = await sts.send(new AssumeRoleCommand(work.roleRequest(ask, work.policyFor(ask))));
    console.log(
      JSON.stringify({ requestId: context.awsRequestId, principal: payload.sub, grant: grant.name }),
    );
    return work.json(200, work.answerOf(work.sessionOf(Credentials), ask));
  } catch (error) {
    return work.json(error.status ?? 500, { message: error.message });
  }
}
