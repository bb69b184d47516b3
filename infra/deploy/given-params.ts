import { ConfigError } from "../config/faults.ts";
import { readVendingYaml } from "../config/vending-yaml.ts";

/**
 * The parameters that an operator gives, by name: those of a file, and those of the command line, `name=value`, which win.
 *
 * @throws Error that names the parameter, or the file, and what is wrong with it.
 * @example givenParams("../our/vending.params.yml", ["tracing=true"]).get("tracing") // "true"
 */
export function givenParams(file: string | undefined, texts: readonly string[]): Map<string, unknown> {
  const given = new Map<string, unknown>();
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error("--param must be followed by name=value");
    if (given.has(name)) throw new Error(`--param has ${JSON.stringify(name)} twice`);
    given.set(name, value);
  }
  return new Map([...(file === undefined ? [] : paramsIn(file)), ...given]);
}

function paramsIn(file: string): [string, unknown][] {
  const document = documentOf(file);
  if (document === null) return [];
  if (typeof document !== "object" || Array.isArray(document))
    throw new Error(`${file} must have a parameter in each line, as name: value`);
  return Object.entries(document);
}

function documentOf(file: string): unknown {
  try {
    return readVendingYaml(file).document;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(error.faults.map(({ path, message }) => `${file} ${path} ${message}`).join("\n"));
  }
}
