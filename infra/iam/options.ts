import type { Config } from "../../shared/core/config.ts";
import { secretOf } from "../../shared/core/storage.ts";
import { isScopable, isVending } from "../../shared/core/ways.ts";
import { iamNameOf } from "./arns.ts";
import type { IamSetting } from "./setting.ts";

/** The options of `config:iam` that are about storages; `util.parseArgs` takes them. */
export const storageOptions = {
  user: { type: "string", multiple: true },
  subject: { type: "string", multiple: true },
  whole: { type: "string", multiple: true },
  "kms-key-arn": { type: "string", multiple: true },
  "bucket-account": { type: "string", multiple: true },
} as const;

/** What was given of them. */
type GivenStorageOptions = { [Name in keyof typeof storageOptions]?: string[] | undefined };

/**
 * Reads and checks what options say of storages.
 *
 * @throws Error that names the option, and says what it must be.
 * @example storageSetting({ user: ["lake=lake-owner"] }, config).users?.get("lake") // "lake-owner"
 */
export function storageSetting(
  given: GivenStorageOptions,
  { storages }: Pick<Config, "storages">,
): Pick<IamSetting, "users" | "subjects" | "whole" | "kmsKeyArns" | "bucketAccounts"> {
  const storage = (option: string, name: string) => {
    const found = storages.get(name);
    if (found === undefined || !isVending(found))
      throw new Error(`--${option} must name a storage that vends, and ${JSON.stringify(name)} is none.`);
    return found;
  };
  const pairs = (option: Exclude<keyof GivenStorageOptions, "whole">, form: RegExp, must: string) =>
    (given[option] ?? []).map((text) => {
      const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined || !form.test(value))
        throw new Error(`--${option} must be STORAGE=VALUE, with ${must}.`);
      return { storage: storage(option, name), value };
    });
  const users = pairs("user", /^(?:arn:.*|[\w+=,.@-]{1,64})$/, "the name or the ARN of a user of IAM");
  for (const { storage, value } of users) {
    if (value.startsWith("arn:") && iamNameOf(value, "user") === undefined)
      throw new Error("--user must be STORAGE=VALUE, with the name or the ARN of a user of IAM.");
    if (secretOf(storage) === undefined)
      throw new Error(`--user is for storages with a secret, and ${storage.name} has none.`);
  }
  const subjects = pairs("subject", /^[\u0020-\u007e\u00a0-\u00ff]{1,512}$/, "a pattern as IAM writes it");
  for (const { storage } of subjects)
    if (storage.issue !== "web-identity")
      throw new Error(
        `--subject is for storages that issue by web-identity, and ${storage.name} issues by ${storage.issue}.`,
      );
  const keys = pairs(
    "kms-key-arn",
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
    "the ARN of a KMS key",
  );
  for (const { storage } of keys)
    if (isScopable(storage))
      throw new Error(
        `--kms-key-arn is for storages without a setting for keys: give ${storage.name} its kmsKeyArn in the configuration, since session policies need it as well.`,
      );
  const buckets = pairs("bucket-account", /^\d{12}$/, "the 12 digits of an AWS account");
  return {
    users: new Map(users.map(({ storage, value }) => [storage.name, value])),
    subjects: listsBy(subjects),
    whole: new Set((given.whole ?? []).map((name) => storage("whole", name).name)),
    kmsKeyArns: listsBy(keys),
    bucketAccounts: new Map(buckets.map(({ storage, value }) => [storage.name, value])),
  };
}

function listsBy(pairs: readonly { storage: { name: string }; value: string }[]): Map<string, string[]> {
  const byName = Map.groupBy(pairs, ({ storage }) => storage.name);
  return new Map([...byName].map(([name, of]) => [name, of.map(({ value }) => value)]));
}
