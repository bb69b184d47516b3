import type { FileOperation, Platform } from "../platforms/platform.ts";
import { keyvendExec } from "./aws-cli/clients.ts";
import { type Client, containerCredentials, s3Address, withoutNewChecksums } from "./client.ts";
import { neededBesides } from "./needed-besides.ts";

const usual = { ...containerCredentials, ...s3Address };

/**
 * The tables of the clients and platforms that the conformance run tests, with their settings there, as Markdown for a
 * person to copy.
 *
 * @example clientsTable(allClients, allPlatforms)
 */
export function clientsTable(clients: readonly Client[], platforms: readonly Platform[]): string {
  return `# Clients

Written by \`npm run clients:table\` from the settings with which \`npm run conformance -- clients\` runs each of them,
unmodified, against the offline emulation and Ceph's gateway: it writes, lists and reads under its prefix, is refused
outside of it, goes on working when its first session has ended, and works with a long-term key (\`static\`). Names in braces
are yours to fill in.

The usual settings:

\`\`\`sh
${variables(usual).join("\n")}
\`\`\`

where \`{url}\` is \`https://…/v1/storages/{storage}/credentials?target=s3://{bucket}/{prefix}/\`. Stores that do not know
AWS's newer checksums (such as Ceph's gateway 16) need these besides, where the table says "older stores":

\`\`\`sh
${variables(withoutNewChecksums).join("\n")}
\`\`\`

Each was also started by \`keyvend exec CMD\` on the emulation, with the identity in keyvend's environment alone, in a shell that
has a key, a profile and a proxy of its own: none of these was used. Under \`exec\` a client needs of its settings what is in its own
configuration or code, those for older stores, and the variables of the column \`exec\`. Where the column names \`keyvend env\`, a
long-term key does not work under \`exec\` and works after \`eval "$(keyvend env)"\`: the client makes an empty header of no token.

| client | settings | \`exec\` | comes back before the end | what it cannot do |
|---|---|---|---|---|
${clients.map(clientRow).join("\n")}

Not here: AWS's SDKs for PHP and .NET, of which Debian has no package (of AsyncAws for PHP it has the core and no S3).

## Platforms

The same, by \`npm run conformance -- platforms\`, and on the emulation operations on files as well: make folders, create,
overwrite, read, read a range, list, list all below, rename files and folders, delete, upload in parts, and the scope's own
folder, where the grant says \`also: [folder]\`. Each platform comes unmodified from Maven Central and runs on Java 17, Spark in
local mode, Fluss and Flink by their file systems, without a cluster.

On Ceph's gateway 16 these were seen to differ. It refuses bulk deletes under a session policy, so that Iceberg's, Fluss's and
Flink's deletes of folders fail, and S3A's, with its renames of folders, unless \`fs.s3a.multiobjectdelete.enable=false\`. It refuses
S3A's empty objects (\`mkdirs\`) with \`XAmzContentSHA256Mismatch\`. It lets S3A look at the scope's own folder without \`folder\`.

| platform | settings | comes back before the end | what it cannot do |
|---|---|---|---|
${platforms.map(platformRow).join("\n")}

Hadoop 3.3, Spark 3.5, Fluss 0.9 and Flink 1.x hold Java's SDK v1. Of the usual variables it takes credentials from loopback only,
reads no token file, and does not try again after a 503. What helps: the profile of the table, which needs the command
\`keyvend\` on each machine, or \`keyvend exec\`, which serves on loopback.

\`keyvend config\` writes settings without a secret. A profile asks for new credentials in time; keys from \`format=hadoop\` or
\`keyvend config core-site\` work until they expire, and nothing renews them.
`;
}

/** Lines for a shell. */
export const variables = (environment: Readonly<Record<string, string>>) =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);

function platformRow(platform: Platform): string {
  const { lacks, limits = [] } = platform;
  const missing = lacks.flatMap((operation) => operationWords[operation] ?? []);
  const lack = missing.length === 0 ? [] : [`Its file system has no ${missing.join(", no ")}.`];
  return row({ ...platform, limits: [...limits, ...lack] });
}

/** Tables are Spark's alone. */
const operationWords: Partial<Record<FileOperation, string>> = {
  folders: "folders",
  rename: "rename",
  glob: "glob",
  abort: "way to give an upload up",
};

function clientRow(client: Client): string {
  if (client === keyvendExec) return row(client, [""]);
  const families = Object.keys(neededBesides("exec", client)).map((name) => `\`${name.split("_")[0]}_…\``);
  const needed = families.length > 0 ? `, with the ${[...new Set(families)].join(", ")} beside` : "";
  const byEnv = client.longTermKeyBy === undefined ? "" : "; `static` by `keyvend env`";
  return row(client, [`works${needed}${byEnv}`]);
}

/** @param more cells after the settings */
function row(client: Client, more: readonly string[] = []): string {
  const { title, version, source, refreshes, longTermKeyBy } = client;
  const limits = [
    ...(client.limits ?? []),
    ...(longTermKeyBy === undefined
      ? []
      : [
          `Takes a long-term key (\`static\`) by ${longTermKeyBy} only: it needs a session token, or sends an empty one.`,
        ]),
  ];
  const ahead = typeof refreshes === "number" ? `${refreshes} s` : refreshes;
  const cells = [`**${title}** ${version} (${source})`, settingsOf(client), ...more, ahead, limits.join(" ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function settingsOf({ environment, settings = [], forOlderStores }: Client): string {
  const own = variables(environment);
  const isUsual = variables(usual).every((variable) => own.includes(variable));
  const besides = own.filter((variable) => !(isUsual && variables(usual).includes(variable)));
  return [
    ...(isUsual ? ["usual"] : []),
    ...[...besides, ...settings].map((text) => `\`${text}\``),
    ...(forOlderStores === undefined ? [] : ["older stores"]),
  ].join("<br>");
}
