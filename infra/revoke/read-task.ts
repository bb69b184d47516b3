import { type Config, reservedIssuers } from "../../shared/core/config.ts";
import type { RevocationTarget } from "../../shared/core/revocation.ts";
import { clientKeyIdForm } from "../../shared/identity/client-keys.ts";
import { UsageError, type Values } from "./command-line.ts";
import type { VendedSession } from "./effects.ts";
import { grantsThatMayBeFor } from "./narrowing.ts";
import type { Task } from "./task.ts";

const accessKeyForm = /^\w{16,128}$/;

/**
 * What an operator wants, by the words of the configuration: a name that it does not have is a mistake, for nothing else would tell.
 *
 * @throws UsageError that says which names there are
 * @example readTask({ grant: "data-lake" }, config).kind // "revoke"
 */
export function readTask(values: Values, config: Config): Task {
  const { storage } = values;
  // What is undone may be of something that is gone.
  if (storage !== undefined && !values.undo) checkName(storage, "storage", [...config.storages.keys()]);
  if (values.list) return { kind: "list" };
  if (values.tidy) return { kind: "tidy" };
  if (values.flush) return { kind: "flush", ...(storage !== undefined && { storage }) };
  const target = targetIn(values, config);
  const session = sessionIn(values);
  if (values.undo) return { kind: "undo", target, liftDeny: values["lift-deny"] ?? false, ...session };
  return {
    kind: "revoke",
    target,
    allSessions: values["all-sessions"] ?? false,
    ...(values.note !== undefined && { note: values.note }),
    ...session,
  };
}

function targetIn(values: Values, config: Config): RevocationTarget {
  const { principal, grant, storage, "access-key": id } = values;
  if (principal !== undefined)
    return { kind: "principal", name: principal, issuer: issuerOf(principal, values.issuer, config) };
  if (grant !== undefined) {
    if (!values.undo)
      checkName(
        grant,
        "grant",
        config.grants.all.map(({ name }) => name),
      );
    return { kind: "grant", name: grant };
  }
  if (id !== undefined) return { kind: "access-key", name: checkId(id) };
  return { kind: "storage", name: storage ?? "" };
}

function sessionIn({ storage, "access-key": id, "session-name": sessionName }: Values): {
  session?: VendedSession;
} {
  if (id === undefined || storage === undefined) return {};
  return { session: { storage, ...(sessionName !== undefined && { sessionName }) } };
}

function checkId(id: string): string {
  if (/^AKIA/.test(id))
    throw new UsageError(
      `${id} is a long-term key, which keyvend does not end: put a new key into its secret and disable this one in IAM. To end the sessions that it has issued, revoke its storage.`,
    );
  if (id.startsWith("KV") && !clientKeyIdForm.test(id))
    throw new UsageError(
      `${id} is not the id of a client key: those have the form KV1X and 20 more capital letters and digits.`,
    );
  if (!accessKeyForm.test(id))
    throw new UsageError("--access-key must be an access key id: 16 to 128 letters and digits.");
  return id;
}

function issuerOf(subject: string, given: string | undefined, config: Config): string {
  const { awsAccounts, apiTokens, clientKeys } = config;
  const reserved = { aws: awsAccounts, "api-token": apiTokens, "client-key": clientKeys };
  const names = [...config.issuers.keys(), ...reservedIssuers.filter((name) => reserved[name].length > 0)];
  if (given !== undefined) {
    checkName(given, "issuer", names);
    return given;
  }
  const possible = names.filter((issuer) =>
    [...config.storages.values()].some(
      (storage) =>
        isListed(subject, issuer, config) &&
        grantsThatMayBeFor({ issuer, subject }, storage, config).length > 0,
    ),
  );
  const [only, ...others] = possible.length > 0 ? possible : names;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    `Say of which issuer it is, as the audit trail has it: --issuer ${[only, ...others].join(" or ")}.`,
  );
}

/** Callers of the configuration's own are known by name. */
function isListed(subject: string, issuer: string, { apiTokens, clientKeys }: Config): boolean {
  const listed = issuer === "api-token" ? apiTokens : issuer === "client-key" ? clientKeys : undefined;
  return listed?.some(({ name }) => name === subject) ?? true;
}

function checkName(name: string, kind: string, known: readonly string[]): void {
  if (!known.includes(name))
    throw new UsageError(
      `The configuration has no ${kind} ${JSON.stringify(name)}. It has ${known.join(", ") || "none"}.`,
    );
}
