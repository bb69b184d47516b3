import { awsConfigFile, childEnvironment } from "../child-environment.ts";
import { endAs, runCommand } from "../child-process.ts";
import { askFlags, type Command } from "../command-line.ts";
import { startContainerEndpoint } from "../container-endpoint.ts";
import { identitySecrets } from "../identity-secrets.ts";
import { inheritedDescriptors } from "../inherited-descriptors.ts";
import { createPrivateFolder, type PrivateFolder } from "../private-folder.ts";
import { freshCredentials } from "../service.ts";
import { readSettings } from "../settings.ts";

/** `keyvend exec CMD`. The command is not started without credentials. */
export const exec: Command = {
  summary: "run a command with credentials that stay fresh",
  flags: askFlags,
  takesCommand: true,
  notes: `The options of keyvend stand before CMD; all that follows CMD belongs to it. With -- before CMD, nothing is mistaken.

CMD and its children find the credentials by the variables that AWS's SDKs read, for as long as CMD runs. They have no
other ones: neither your own keys and AWS files, nor the role of this machine, nor your identity (KEYVEND_…). They can
still read every file and process that your user can read, a token file among them.

Signals, input, output and open descriptors pass through, and the exit status is CMD's own: 127 for no such command,
126 for one that cannot be run.`,
  examples: [
    ["exec --storage lake aws s3 ls s3://lake/", "any program with an AWS SDK, unmodified"],
    ["exec --permission READ --target s3://lake/in/ -- ./job", "a job that gets less than you may have"],
    ["exec -- sh", "a shell, for as long as you need it"],
  ],
  async run(args, io) {
    const descriptors = inheritedDescriptors();
    const vend = freshCredentials(readSettings(args), io);
    const { source, sent } = await vend();
    const endpoint = await startContainerEndpoint(vend);
    let folder: PrivateFolder | undefined;
    const end = await runCommand(
      args.command,
      () => {
        folder = createPrivateFolder();
        const config = folder.write("config", awsConfigFile(source));
        const token = folder.write("token", endpoint.token);
        const secrets = identitySecrets(io.env, sent);
        const env = childEnvironment(io.env, secrets, source, endpoint, { config, token });
        return { env, descriptors, err: io.err };
      },
      () => {
        endpoint.close();
        folder?.remove();
      },
    );
    return endAs(end);
  },
};
