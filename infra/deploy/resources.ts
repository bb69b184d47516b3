/** `npm run resources`: prints what a package deploys as JSON, for those that deploy it with Terraform, CDK or SAM. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { listResources } from "./resource-list.ts";

const usage = `npm run resources [-- --package FOLDER]
Prints the functions, roles and other resources of the package that npm run package has made, as JSON. FOLDER is the one that
npm run package was given; without it, .serverless.`;

try {
  const { values } = parseArgs({ options: { package: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) console.log(usage);
  else {
    // npm runs scripts in the project's folder, and tells where it was called.
    const from = process.env["INIT_CWD"] ?? process.cwd();
    const folder = values.package
      ? resolve(from, values.package)
      : join(import.meta.dirname, "../../.serverless");
    const file = join(folder, "cloudformation-template-update-stack.json");
    console.log(JSON.stringify(listResources(JSON.parse(readFileSync(file, "utf8"))), null, 2));
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(
    code === "ENOENT" ? `There is no package: ${message}. Make one: npm run package` : `${message}\n${usage}`,
  );
  process.exitCode = 2;
}
