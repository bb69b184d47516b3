/**
 * The path of what belongs to a configuration and stands beside it: its cases, or the parameters of its deployment.
 *
 * @returns undefined where the configuration is no `.yml` or `.yaml` file.
 * @example besideConfig("our/vending.prod.yml", "test") // "our/vending.prod.test.yml"
 */
export function besideConfig(path: string, what: "test" | "params"): string | undefined {
  const [, name, extension] = /^(.+)(\.ya?ml)$/.exec(path) ?? [];
  return name === undefined ? undefined : `${name}.${what}${extension}`;
}
