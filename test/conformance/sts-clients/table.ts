import { withoutNewChecksums } from "../clients/client.ts";
import { variables } from "../clients/table.ts";
import { profile, type StsClient, usualSettings, type Way, ways } from "./sts-client.ts";

/**
 * The table of the clients of the STS door that the conformance run tests, with their settings there, as Markdown for a person
 * to copy.
 *
 * @example stsClientsTable(allStsClients)
 */
export function stsClientsTable(clients: readonly StsClient[]): string {
  return `# Clients of the STS door

Written by \`npm run clients:table\` from the settings with which \`npm run conformance -- sts-clients\` runs each of them,
unmodified, against the offline emulation and Ceph's gateway: it writes, lists and reads in the folder of its role, is refused
outside of it, and goes on working when its first session has ended. On the emulation it is also refused a role, is told to come
back (503), and waits for an STS that takes 3 s. Names in braces are yours to fill in: \`{sts}\` is the root of the service,
as in \`https://keyvend.example.com\`, and \`{roleArn}\` is
\`arn:aws:iam::000000000000:role/keyvend/{storage}/{permission}/{folder}\`, of which folder and permission may be left out.

The usual settings of a caller with an OIDC token (AssumeRoleWithWebIdentity):

\`\`\`sh
${variables(usualSettings.AssumeRoleWithWebIdentity).join("\n")}
\`\`\`

The usual settings of a caller with a client key (AssumeRole), and the profile in \`{configFile}\`:

\`\`\`sh
${variables(usualSettings.AssumeRole).join("\n")}
\`\`\`

\`\`\`ini
${profile.trimEnd()}
\`\`\`

Stores that do not know AWS's newer checksums (such as Ceph's gateway 16) need these besides, where the table says "older stores":

\`\`\`sh
${variables(withoutNewChecksums).join("\n")}
\`\`\`

| client | with an OIDC token | with a client key | asks again before the end | what it cannot do |
|---|---|---|---|---|
${clients.map(row).join("\n")}

Refused (\`AccessDenied\`), each of them but PyArrow ends at the first try and shows the door's reason. The signed
\`aws sts get-caller-identity\` is answered to a client key. A session that was vended is refused it, since keyvend does not know its
secret.
`;
}

function row(client: StsClient): string {
  const { title, version, source, refreshes, limits = [] } = client;
  const cells = [
    `**${title}** ${version} (${source})`,
    ...ways.map((way) => settingsOf(client, way)),
    typeof refreshes === "number" ? `${refreshes} s` : refreshes,
    limits.join(" "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function settingsOf({ by, forOlderStores }: StsClient, way: Way): string {
  const own = by[way];
  if (own === undefined) return "no";
  const usual = variables(usualSettings[way]);
  const all = variables(own.environment);
  const isUsual = usual.every((variable) => all.includes(variable));
  const besides = all.filter((variable) => !(isUsual && usual.includes(variable)));
  return [
    ...(isUsual ? ["usual"] : []),
    ...[...besides, ...(own.settings ?? [])].map((text) => `\`${text}\``),
    ...(forOlderStores === undefined ? [] : ["older stores"]),
  ].join("<br>");
}
