import { credentialProcessGrammar, lookUp, outputOf } from "../cache-hit.ts";
import type { Command } from "../command-line.ts";
import { vendOnce } from "../vend-once.ts";

/** `keyvend credential-process`: from the cache if it can, else from the service. */
export const credentialProcess: Command = {
  summary: "answer an AWS SDK's credential_process, from a cache on disk",
  ...credentialProcessGrammar,
  examples: [
    ["config aws-cli --storage lake >> ~/.aws/config", "has the AWS CLI and SDKs run it"],
    ["credential-process --storage lake | jq .Expiration", "until when the credentials are good"],
  ],
  async run(args, io) {
    const { settings, place, entry } = lookUp(args, io);
    io.out(outputOf(entry ?? (await vendOnce(settings, io, place))));
    return 0;
  },
};
