/** cfn-lint, which knows the schema of each type of CloudFormation, on the template with none of the options, each alone, and all. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleOptions } from "../../infra/deploy/sample-options.ts";
import { ensureCfnLint } from "./install.ts";
import { type Packages, packageAll } from "./packages.ts";

let packages: Packages;
/** What cfn-lint says of each template, by its path. */
let findings: ReadonlyMap<string, string[]>;
let broken: string;

beforeAll(async () => {
  packages = await packageAll();
  const none = packages.templates.get("none") ?? expect.unreachable();
  broken = join(dirname(none), "broken.json");
  const template = JSON.parse(await readFile(none, "utf8"));
  template.Resources.Table.Properties.TableNames = "keyvend-prod";
  await writeFile(broken, JSON.stringify(template));
  findings = await lint([...packages.templates.values(), broken]);
});
afterAll(() => packages?.close());

interface Finding {
  Filename: string;
  Rule: { Id: string };
  Message: string;
}

async function lint(files: readonly string[]): Promise<Map<string, string[]>> {
  const command = await ensureCfnLint();
  // W3005: Serverless writes dependencies that references imply already, which changes nothing.
  const args = [
    "--format",
    "json",
    "--regions",
    "eu-central-1",
    "--ignore-checks",
    "W3005",
    "--template",
    ...files,
  ];
  const out = await new Promise<string>((resolve, reject) => {
    // It ends with another status where it finds something.
    execFile(command, args, { maxBuffer: 16_000_000 }, (error, stdout) =>
      stdout.startsWith("[") ? resolve(stdout) : reject(error),
    );
  });
  const found = new Map(files.map((file): [string, string[]] => [file, []]));
  for (const { Filename, Rule, Message } of JSON.parse(out) as Finding[])
    found.get(Filename)?.push(`${Rule.Id} ${Message}`);
  return found;
}

const alone = [...Object.keys(sampleOptions), "a domain without a record", "pages in browsers"];

test.each(["none", ...alone, "all"])("cfn-lint finds nothing with %s", (name) => {
  expect(findings.get(packages.templates.get(name) ?? "")).toEqual([]);
});

test("cfn-lint finds a property that there is not", () => {
  expect(findings.get(broken)).toEqual([expect.stringMatching(/^E3002 .*TableNames/)]);
});

test.each(alone)("%s alone changes what is deployed", async (name) => {
  const [none, changed] = await Promise.all(["none", name].map(deployed));
  expect(changed).not.toEqual(none);
});

/** The template and the stack's tags, without the time that is in the names of archives. */
async function deployed(name: string): Promise<object> {
  const template = await readFile(packages.templates.get(name) ?? "", "utf8");
  const state = JSON.parse(await readFile(packages.states.get(name) ?? "", "utf8"));
  const archive = /"serverless\/keyvend\/prod\/[^/"]+\//g;
  return { template: JSON.parse(template.replace(archive, '"')), tags: state.service.provider.stackTags };
}
