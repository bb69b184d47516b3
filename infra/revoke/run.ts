import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { RevocationRecord } from "../../shared/core/revocation.ts";
import { type Change, changed } from "../../shared/core/revocation-changes.ts";
import { namesOf } from "../deploy/names.ts";
import type { Narrowing } from "./denial.ts";
import { areSame, type Identity, identitiesOf, isAtAws, isOutOfReach } from "./identities.ts";
import { narrowingsTo } from "./narrowing.ts";
import { type DenialChange, reconcile } from "./reconcile.ts";
import { createAskRecord } from "./record.ts";
import type { Setting } from "./setting.ts";

/** What all tasks are carried out with. */
export interface Run extends Setting {
  /** Who the operator is. */
  by: string;
  identities: Awaited<ReturnType<typeof identitiesOf>>;
  /** The record; with a change, it is written, or only thought in a dry run. */
  ask(change?: Change): Promise<RevocationRecord>;
  /** Changes the Deny on each role and user of the configuration, if its change says something else than what is there. */
  deny(
    record: RevocationRecord,
    change: (identity: Identity) => DenialChange["change"],
  ): ReturnType<typeof reconcile>;
}

/** The name of the one inline policy that is keyvend's on a role or user. */
function policyNameOf(stage: string): string {
  return `keyvend-revocations-${stage}`;
}

/** Finds out who the operator is, and whose the sessions of each storage are. It only reads. */
export async function openRun(setting: Setting): Promise<Run> {
  const { clients, config, stage, server, users, emulatedSts, isDryRun, now } = setting;
  const storages = [...config.storages.values()];
  // The operator of a server may have nothing at AWS.
  const isOfAws = server === undefined || storages.some((storage) => isAtAws(storage, { emulatedSts }));
  const asked = isOfAws && (await clients.sts.send(new GetCallerIdentityCommand()));
  const { Arn = server?.by ?? "", Account = "" } = asked || {};
  const access = { ...clients, account: Account, stage, users, emulatedSts };
  const identities = await identitiesOf(storages, access);
  const askRecord = server?.ask ?? createAskRecord(clients.lambda, namesOf(stage).functionName("revoke"));
  return {
    ...setting,
    by: Arn,
    identities,
    ask: async (change) =>
      isDryRun && change ? changed(await askRecord(), change, now()) : askRecord(change),
    deny: (record, change) =>
      reconcile(
        here(identities).map((identity) => ({ identity, change: change(identity) })),
        {
          iam: clients.iam,
          policyName: policyNameOf(stage),
          getsNothing: ofRevokedPrincipals(record, setting),
          isDryRun,
          now: now(),
        },
      ),
  };
}

/** Each role and user of the operator's account once. */
function here(identities: Run["identities"]): Identity[] {
  const all: Identity[] = [];
  for (const found of identities.values())
    if (!isOutOfReach(found) && !found.elsewhere && !all.some((other) => areSame(other, found)))
      all.push(found);
  return all;
}

function ofRevokedPrincipals({ revoked }: RevocationRecord, { config }: Setting) {
  const narrowings = revoked.flatMap(({ kind, name, issuer = "" }) =>
    kind === "principal"
      ? [...config.storages.values()].flatMap(
          (storage) => narrowingsTo({ issuer, subject: name }, storage, config) ?? [],
        )
      : [],
  );
  return ({ key, value }: Narrowing) => narrowings.some((one) => one.key === key && one.value === value);
}
