import { ConfigError, type ConfigFault } from "../../../infra/config/faults.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";

/** A small document without faults, for tests to change in one place. */
export function soundDocument() {
  return {
    issuers: {
      company: { issuer: "https://login.example.com", audience: "keyvend", requiredClaims: ["tenant"] },
    },
    storages: {
      lake: {
        bucket: "lake",
        region: "eu-central-1",
        issue: "assume-role",
        roleArn: "arn:aws:iam::111122223333:role/lake",
        secret: "keyvend/lake",
      },
      plain: { bucket: "plain", region: "eu-central-1", issue: "session-token", secret: "keyvend/plain" },
    },
    grants: [{ name: "all", issuer: "company", subject: "*", storage: "lake", permission: "READWRITE" }],
  };
}

/** The document with the values at some places put in, or with `undefined` taken out. */
export function changed(changes: Record<string, unknown>): unknown {
  const document = soundDocument();
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split("/");
    const last = steps.pop() ?? "";
    let place: Record<string, unknown> = document;
    for (const step of steps) place = place[step] as Record<string, unknown>;
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return document;
}

/** What is wrong with a document; nothing where it is sound. */
export function faultsOf(document: unknown): readonly ConfigFault[] {
  try {
    parseConfig(document);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
