import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A digest of what a build holds: the code and the configuration of each function, and what else goes into the template.
 *
 * @example buildDigest(".build/prod", deployment)
 */
export function buildDigest(folder: string, deployment: object): string {
  const hash = createHash("sha256");
  for (const file of globSync("*/*.{mjs,json,html,css,js}", { cwd: folder }).sort())
    hash.update(JSON.stringify([file, readFileSync(join(folder, file), "base64")]));
  return hash.update(JSON.stringify(deployment)).digest("hex");
}

/**
 * Checks that a package was made of the build that was checked just now, for this region: Serverless deploys what is in the package, and
 * looks at nothing else.
 *
 * @throws Error that says what to do.
 */
export function checkPackage(folder: string, buildFolder: string, region: string): void {
  const { digest } = jsonIn(join(buildFolder, "deployment.json")) as { digest: string };
  const state = jsonIn(join(folder, "serverless-state.json")) as {
    service?: { custom?: { build?: string }; provider?: { region?: string } };
  };
  const { custom, provider } = state.service ?? {};
  if (custom?.build !== digest || provider?.region !== region)
    throw new Error(
      `The package in ${folder} was made of other code, another configuration, other options, or for another stage or region. Make it again by npm run package, with the same options.`,
    );
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "it is no JSON"}`);
  }
}
