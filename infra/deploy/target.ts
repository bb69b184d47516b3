import { existsSync } from "node:fs";
import type { ParseArgsConfig } from "node:util";
import { besideConfig } from "../config/beside.ts";
import { givenParams } from "./given-params.ts";
import { checkRegion, checkStage, usualRegion, usualStage } from "./names.ts";
import { type Options, readOptions } from "./options.ts";
import { userPath } from "./user-path.ts";

/** The options by which every operator's command knows a deployment. `util.parseArgs` takes them. */
export const targetOptions = {
  config: { type: "string" },
  stage: { type: "string", short: "s" },
  region: { type: "string", short: "r" },
  params: { type: "string" },
  param: { type: "string", multiple: true },
} as const satisfies ParseArgsConfig["options"];

/** What a command was told of the deployment that it is about. */
export interface GivenTarget {
  config?: string | undefined;
  stage?: string | undefined;
  region?: string | undefined;
  params?: string | undefined;
  param?: string[] | undefined;
}

/** A deployment: where it is, by which configuration and with which options. */
export interface Target {
  /** The path of the configuration. */
  config: string;
  stage: string;
  region: string;
  options: Options;
}

/**
 * Checks what a command was told. Without a configuration it is the clone's own; without a stage or a region they are those that
 * `serverless.yml` takes. The parameters of the file `<name>.params.yml` beside the configuration count as well.
 *
 * @throws Error that says what is wrong.
 * @example readTarget({ stage: "prod" }).region // "eu-central-1"
 */
export function readTarget(given: GivenTarget): Target {
  const config = given.config === undefined ? "infra/vending.yml" : userPath(given.config);
  const paramsBeside = besideConfig(config, "params");
  if (paramsBeside === undefined) throw new Error("--config must name a .yml file");
  const stage = checkStage(given.stage ?? usualStage);
  const region = checkRegion(given.region ?? process.env["AWS_REGION"] ?? usualRegion);
  const params = given.params === undefined ? existing(paramsBeside) : userPath(given.params);
  return { config, stage, region, options: readOptions(givenParams(params, given.param ?? []), region) };
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
