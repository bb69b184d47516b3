// The one call to STS that a miss makes, by the AWS SDK. It verifies nothing, decides nothing and keeps nothing.
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import * as work from "./work.mjs";

const credentials = {
  accessKeyId: "AKIABENCH00000000004",
  secretAccessKey: "another+secret+that+nobody/looks/at",
};
const sts = new STSClient({ credentials, endpoint: work.settings.stsEndpoint });

export async function handler(event) {
  const ask = work.readAsk(event);
  await sts.send(new AssumeRoleCommand(work.roleRequest(ask, work.policyFor(ask))));
  return { statusCode: 200, body: "{}" };
}
