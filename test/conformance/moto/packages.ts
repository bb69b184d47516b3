import { join } from "node:path";
import { allOptions, paramsOf, sampleOptions } from "../../infra/deploy/sample-options.ts";
import { createOperator } from "../../journeys/operator.ts";

/** Templates of one deployment, by what it was packaged with. */
export interface Packages {
  /** The path of each template. */
  templates: ReadonlyMap<string, string>;
  /** What the deployment itself tells CloudFormation: the tags of the stack. */
  states: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

const cors = "corsOrigins: [https://app.example.com]\n";
const vending = `issuers: { company: { issuer: https://login.example.com, audience: keyvend } }
storages:
  lake: { bucket: lake, region: eu-central-1, issue: federation-token, secret: lake }
  sea: { bucket: sea, region: eu-central-1, issue: assume-role, roleArn: "arn:aws:iam::111122223333:role/sea" }
grants:
  - { name: lake, issuer: company, subject: "*", storage: lake, permission: READ }
  - { name: sea, issuer: company, subject: "*", storage: sea, permission: READ, sessionTags: { team: data } }
`;

const { domainName = "", certificateArn = "" } = allOptions;
const domainAlone = { domainName, certificateArn };

/**
 * Packages a deployment with none of the options, with each alone, and with all.
 *
 * @example const { templates } = await packageAll(["none", "all"])
 */
export async function packageAll(which?: readonly string[]): Promise<Packages> {
  const operator = await createOperator({});
  await operator.write("vending.yml", vending);
  await operator.write("with-cors.yml", cors + vending);
  const ways: [string, string, Readonly<Record<string, string>>][] = [
    ["none", "vending.yml", {}],
    ...Object.entries(sampleOptions).map(([name, options]): (typeof ways)[number] => [
      name,
      "vending.yml",
      options,
    ]),
    ["a domain without a record", "vending.yml", domainAlone],
    ["pages in browsers", "with-cors.yml", {}],
    ["all", "with-cors.yml", allOptions],
  ];
  const templates = new Map<string, string>();
  const states = new Map<string, string>();
  for (const [index, [name, config, options]] of ways.entries()) {
    if (which !== undefined && !which.includes(name)) continue;
    const out = `package-${index}`;
    const args = ["--config", config, "--stage", "prod", "--region", "eu-central-1", "--package", out];
    const { status, err } = await operator.npmRun(["package", ...args, ...paramsOf(options)]);
    if (status !== 0) throw new Error(`It could not be packaged with ${name}: ${err}`);
    const folder = join(operator.folder, out);
    templates.set(name, join(folder, "cloudformation-template-update-stack.json"));
    states.set(name, join(folder, "serverless-state.json"));
  }
  return { templates, states, close: operator.close };
}
