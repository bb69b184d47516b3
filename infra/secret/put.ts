/** `npm run secret:put`: puts the long-term key of a storage into its secret, and makes the secret if there is none. */
import { parseArgs } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LongTermKeyError, parseLongTermKey } from "../../shared/aws/long-term-key.ts";
import type { Config } from "../../shared/core/config.ts";
import { secretOf } from "../../shared/core/storage.ts";
import { loadVendingYaml } from "../config/vending-yaml.ts";
import { isSecretArn, secretNameOf } from "../deploy/secret-names.ts";
import { readTarget, type Target, targetOptions } from "../deploy/target.ts";
import { userPath } from "../deploy/user-path.ts";
import { readKeyText } from "./key-text.ts";
import { type KeyPair, putKey } from "./put-key.ts";

const usage = `npm run secret:put -- --storage lake [--stage prod] [--region eu-central-1] [--config ../our/vending.yml] [--file key.json]
The key comes from the file or from standard input: what aws iam create-access-key prints, AWS_ACCESS_KEY_ID= lines, a profile of
~/.aws/credentials, the console's CSV file or an s3.* block of Fluss. --params and --param are those of npm run deploy: the secret is
made with their kmsKeyArn and tags.`;

const ownOptions = {
  storage: { type: "string" },
  file: { type: "string" },
  help: { type: "boolean" },
} as const;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { ...targetOptions, ...ownOptions } }).values;
  } catch (error) {
    // Node's message quotes the argument, which may be the key.
    if ((error as NodeJS.ErrnoException).code !== "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") throw error;
    throw new Error(
      "The key is no argument, since others on this machine can read those: give a file, or standard input.",
    );
  }
}

/** The secret of a storage, and the storages that share it. */
function secretIn({ storages }: Config, name: string): { secret: string; sharing: string[] } {
  const withSecret = [...storages.values()].filter((storage) => secretOf(storage) !== undefined);
  const storage = storages.get(name);
  const secret = storage && secretOf(storage);
  if (secret === undefined) {
    const what = storage ? "needs no secret" : "is not in the configuration";
    const names = withSecret.map((each) => each.name).join(", ") || "none";
    throw new Error(`The storage ${JSON.stringify(name)} ${what}. Those with a secret: ${names}.`);
  }
  const sharing = withSecret.filter((each) => secretOf(each) === secret).map((each) => each.name);
  return { secret, sharing };
}

function keyIn(text: string): KeyPair {
  try {
    const { accessKeyId, secretAccessKey } = parseLongTermKey(text);
    return { accessKeyId, secretAccessKey };
  } catch (error) {
    if (!(error instanceof LongTermKeyError)) throw error;
    throw new Error(`This is no long-term key: ${error.message}.`);
  }
}

interface Task {
  storage: string;
  file: string | undefined;
  target: Target;
}

/** @throws Error of the command line */
function taskOf({ storage, file, ...target }: ReturnType<typeof parse>): Task {
  if (storage === undefined) throw new Error(usage);
  return { storage, file: file === undefined ? undefined : userPath(file), target: readTarget(target) };
}

async function run({ storage, file, target }: Task): Promise<void> {
  const { secret: given, sharing } = secretIn(loadVendingYaml(target.config).config, storage);
  const secret = secretNameOf(given, target.stage);
  const key = keyIn(await readKeyText(process.stdin, file));
  const isArn = isSecretArn(secret);
  const region = (isArn ? secret.split(":")[3] : undefined) ?? target.region;
  const client = new SecretsManagerClient({ region });
  const description = `Long-term key of keyvend's ${sharing.length === 1 ? "storage" : "storages"} ${sharing.join(", ")}.`;
  const { kmsKeyArn, tags = {} } = target.options;
  try {
    const steps = await putKey(client, {
      secret,
      key,
      toMake: isArn ? undefined : { description, kmsKeyArn, tags },
    });
    for (const step of steps) console.log(`${secret} in ${region}: ${step}`);
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(`${secret} in ${region}: ${name === "Error" ? message : `${name}: ${message}`}`);
  } finally {
    client.destroy();
  }
}

let status = 2;
try {
  const values = parse(process.argv.slice(2));
  if (values.help) console.log(usage);
  else {
    const task = taskOf(values);
    status = 1;
    await run(task);
  }
  status = 0;
} catch (error) {
  console.error((error as Error).message);
}
process.exitCode = status;
