/**
 * The file with what is revoked, beside the configuration of a server that keeps its table in memory.
 *
 * @example revocationsPath("/etc/keyvend/vending.yml") // "/etc/keyvend/vending.revocations.json"
 */
export function revocationsPath(config: string): string {
  return `${config.replace(/\.ya?ml$/, "")}.revocations.json`;
}
