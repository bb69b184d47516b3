import { type CredentialsFormat, credentialsFormats } from "../../../../contract.ts";
import type { Format, FormatOutput, FormatScope } from "../../../../formats/format.ts";
import { formats } from "../../../../formats/formats.ts";
import { s3aWarnings } from "../../../../formats/s3a.ts";
import { clientsWithCredentials } from "../clients/with-credentials.ts";
import { clientsWithoutCredentials } from "../clients/without-credentials.ts";
import { askFlags, type Command, type CommandIo } from "../command-line.ts";
import { openOutput } from "../open-output.ts";
import { jsonLine, printable } from "../output.ts";
import { explainScope, vend } from "../service.ts";
import { readSettings, type Settings } from "../settings.ts";
import { addressInList, vendOrFind } from "../vend-or-find.ts";

/** Hadoop's settings come for credentials themselves: those of the service would hold some. */
const formatNames = credentialsFormats.filter((name) => !Object.hasOwn(clientsWithoutCredentials, name));

/** `keyvend config NAME`: settings of a client, or a format of the service as `format=` gives it. */
export const config: Command = {
  summary: "write ready settings for a client, or any format of the service",
  flags: [...askFlags, "output", "show-secrets"],
  words: [...Object.keys(clientsWithoutCredentials), ...Object.keys(clientsWithCredentials), ...formatNames],
  examples: [
    ["config aws-cli --storage lake >> ~/.aws/config", "a profile that refreshes itself"],
    ["config duckdb --storage lake | duckdb -init /dev/stdin", "a secret that lasts until it expires"],
    ["config spark --storage lake >> spark-defaults.conf", "no secrets: S3A comes for them by a profile"],
    ["config profile --storage lake >> ~/.aws/credentials", "that profile"],
  ],
  async run(args, io) {
    const [name = ""] = args.words;
    const settings = readSettings(args);
    const writeAddress = clientsWithoutCredentials[name];
    const writeOut = openOutput(args, io, { isSecret: !writeAddress });
    if (writeAddress && ofS3a.includes(name)) await askForScope(settings, io);
    const file = writeAddress
      ? { settings: writeAddress(await addressInList(settings, io.env), settings, io) }
      : await fileWithCredentials(name, settings, io);
    writeOut(args.has("json") ? jsonLine({ client: name, ...file }) : file.settings);
    return 0;
  },
};

/** The clients, and the formats, whose file system is S3A or looks at folders as S3A does. */
const ofS3a = ["hadoop", "spark", "flink", "core-site", "fluss"];

/** Settings without credentials have no scope, so the service is asked what it would be; it issues nothing. */
async function askForScope(settings: Settings, io: CommandIo): Promise<void> {
  const scope = await explainScope(settings, io.env);
  if (scope) tellScope(scope, io);
}

function tellScope(scope: FormatScope, io: CommandIo): void {
  if (scope.Also?.length) io.err(`keyvend: the grant also allows ${printable(scope.Also.join(", "))}.\n`);
  for (const warning of s3aWarnings(scope)) io.err(`keyvend: ${warning}\n`);
}

async function fileWithCredentials(
  name: string,
  settings: Settings,
  io: CommandIo,
): Promise<{ settings: string; expiration?: string }> {
  const write = clientsWithCredentials[name];
  const found = write ? await vend(settings, io.env) : await vendOrFind(settings, io.env);
  const format: Format = formats[name as CredentialsFormat];
  if (!found.source) {
    const output = format.ofAddress?.(found.place);
    if (!output) throw found.refusal;
    io.err("keyvend: this storage vends no credentials: these hold its address.\n");
    return { settings: textOf(output, io) };
  }
  const { source, scope } = found;
  io.err(`keyvend: these hold credentials, until ${source.Expiration}.\n`);
  if (ofS3a.includes(name)) tellScope(scope, io);
  return {
    settings: write ? write(source) : textOf(format.ofCredentials(source), io),
    expiration: source.Expiration,
  };
}

function textOf({ body, omissions }: FormatOutput, io: CommandIo): string {
  for (const omission of omissions) io.err(`keyvend: not in this format: ${omission}.\n`);
  return typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
}
