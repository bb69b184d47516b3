import { awsConfigFile, childEnvironment, runCommand } from "../child-process.ts";
import { askFlags, type Command } from "../command-line.ts";
import { startContainerEndpoint } from "../container-endpoint.ts";
import { createPrivateFolder } from "../private-folder.ts";
import { freshCredentials } from "../service.ts";
import { readSettings } from "../settings.ts";

/** `keyvend exec -- CMD`. The command is not started without credentials. */
export const exec: Command = {
  summary: "run a command with credentials that stay fresh",
  flags: askFlags,
  takesCommand: true,
  examples: [["exec --storage lake -- aws s3 ls s3://lake/", "any program with an AWS SDK, unmodified"]],
  async run(args, io) {
    const vend = freshCredentials(readSettings(args), io);
    const { source } = await vend();
    const endpoint = await startContainerEndpoint(vend, 0);
    const folder = createPrivateFolder();
    try {
      const configFile = folder.write("config", awsConfigFile(source));
      const env = childEnvironment(io.env, source, endpoint, configFile);
      return await runCommand(args.command, env, io.err);
    } finally {
      endpoint.close();
      folder.remove();
    }
  },
};
