import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseDocument, stringify } from "yaml";
import { importFluss } from "./fluss-import.ts";

const usage = `npm run config:import -- server.yaml [--name lake] [--secret-name lake]
    [--storage-out FILE] [--secret-out FILE]

Turns the S3 options of a Fluss server.yaml into a storage for infra/vending.yml and a secret for Secrets Manager, which is
called like the storage.
The storage goes to stdout or into a file. The secret goes into a new file of mode 0600 or, if FILE is "-", to stdout,
which must not be a terminal.`;

/** Every option of a `server.yaml` as text, so that a key of digits keeps its exact form. */
function readOptions(path: string): Record<string, string> {
  const yaml = parseDocument(readFileSync(path, "utf8"), { schema: "failsafe" });
  const options: unknown = yaml.errors.length === 0 ? yaml.toJS() : undefined;
  if (typeof options !== "object" || options === null)
    throw new Error(`${path} is not a YAML map of options`);
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === "string"));
}

function run(argv: string[]): void {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      name: { type: "string", default: "lake" },
      "secret-name": { type: "string" },
      "storage-out": { type: "string" },
      "secret-out": { type: "string" },
    },
  });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new Error(usage);
  const secretName = values["secret-name"] ?? values.name;
  const { storage, secret, notes } = importFluss(readOptions(path), secretName);

  const storageOut = values["storage-out"];
  const secretOut = values["secret-out"];
  if (secretOut === "-" && (process.stdout.isTTY || storageOut === undefined)) {
    throw new Error(
      "--secret-out - needs a stdout that is not a terminal, and --storage-out for the storage",
    );
  }
  if (secret !== undefined) notes.push(...writeSecret(JSON.stringify(secret), secretOut, values.name));
  const yaml = stringify({ [values.name]: storage });
  if (storageOut === undefined) process.stdout.write(yaml);
  else writeFileSync(storageOut, yaml);
  for (const note of notes) console.error(`- ${note}`);
}

/** Writes the secret to the place that was chosen, never over another file. Returns the operator's next steps. */
function writeSecret(json: string, out: string | undefined, storage: string): string[] {
  if (out === undefined) {
    return ["the key was not written to any file: --secret-out FILE makes a file that only you can read"];
  }
  if (out === "-") {
    process.stdout.write(json);
    return [];
  }
  writeFileSync(out, json, { mode: 0o600, flag: "wx" });
  return [
    `store the key, when the storage is in your configuration: npm run secret:put -- --storage ${storage} --stage STAGE --file ${out}`,
    `then delete ${out}`,
  ];
}

try {
  run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
