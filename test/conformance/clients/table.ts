import { type Client, containerCredentials, s3Address, withoutNewChecksums } from "./client.ts";

const usual = { ...containerCredentials, ...s3Address };

/**
 * The table of the clients that the conformance run tests, with their settings there, as Markdown for a person to copy.
 *
 * @example clientsTable(allClients)
 */
export function clientsTable(clients: readonly Client[]): string {
  return `# Clients

Written by \`npm run clients:table\` from the settings with which \`npm run conformance -- clients\` runs each of them,
unmodified, against the offline emulation and Ceph's gateway: it writes, lists and reads under its prefix, is refused
outside of it, and goes on working when its first session has ended. Names in braces are yours to fill in.

The usual settings:

\`\`\`sh
${variables(usual).join("\n")}
\`\`\`

where \`{url}\` is \`https://…/v1/storages/{storage}/credentials?target=s3://{bucket}/{prefix}/\`. Stores that do not know
AWS's newer checksums (such as Ceph's gateway 16) need these besides, where the table says "older stores":

\`\`\`sh
${variables(withoutNewChecksums).join("\n")}
\`\`\`

| client | settings | comes back before the end | what it cannot do |
|---|---|---|---|
${clients.map(row).join("\n")}
`;
}

function row(client: Client): string {
  const { title, version, source, refreshes, limits = [] } = client;
  const ahead = typeof refreshes === "number" ? `${refreshes} s` : refreshes;
  const cells = [`**${title}** ${version} (${source})`, settingsOf(client), ahead, limits.join(" ")];
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

const variables = (environment: Readonly<Record<string, string>>) =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);
