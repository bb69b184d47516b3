import { dynamodbCall } from "../../infra/local/dynamodb-call.ts";
import { createJsonCall } from "../../shared/aws/call.ts";
import { createEntryTable } from "../../shared/aws/entry-table.ts";
import { createIssuingTables } from "../../shared/aws/issuing-tables.ts";
import { createSeal } from "../../shared/aws/seal.ts";
import { secretValue } from "../../shared/aws/secret-value.ts";
import { authorize } from "../../shared/core/authorize.ts";
import type { Config } from "../../shared/core/config.ts";
import { entryKey } from "../../shared/core/entry-key.ts";
import { isKept, issueRequest } from "../../shared/core/issue-request.ts";
import type { Principal } from "../../shared/core/principal.ts";
import type { Session } from "../../shared/core/session.ts";
import { openContent, sealContent } from "../../shared/vending/entry-content.ts";
import { askFor, principal } from "./world.ts";

/** An entry that stands in the table before a scenario; times in minutes from now. */
interface WhatIsKept {
  issuedAgo: number;
  left: number;
  /** When it became due; present only for an entry that was used. */
  dueAgo?: number;
  /** An instance renews it already. */
  claimed?: true;
}

/** Reads the table, and puts entries into it as the service itself would have at another time. */
export interface Keep {
  put(scope: string, what: WhatIsKept): Promise<void>;
  /** The key id in the table for a scope. */
  accessKeyId(scope: string): Promise<string | undefined>;
}

const minuteMs = 60_000;

/**
 * @param environment of the functions
 * @example await createKeep(config, environment).put("scope-1", { issuedAgo: 120, left: -60 }) // expired for an hour
 */
export function createKeep(config: Config, environment: Record<string, string>): Keep {
  const credentials = {
    accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
    sessionToken: environment["AWS_SESSION_TOKEN"] ?? "",
  };
  const region = environment["AWS_REGION"] ?? "";
  const tableName = environment["VENDING_TABLE"] ?? "";
  const dynamodb = dynamodbCall(environment["AWS_ENDPOINT_URL_DYNAMODB"] ?? "");
  const secretsManager = createJsonCall({
    region,
    credentials: async () => credentials,
    timeoutMs: 10_000,
    service: "secretsmanager",
    target: "secretsmanager",
    jsonVersion: "1.1",
    endpoint: environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] ?? "",
  });
  const readSealingKeys = () => secretValue(secretsManager, environment["SEALING_SECRET"] ?? "");
  const seal = createSeal(readSealingKeys, { now: Date.now }, (place) => {
    throw new Error(`${place} was tampered with.`);
  });
  const entries = createEntryTable(dynamodb, tableName);
  const { claims, uses } = createIssuingTables(dynamodb, tableName);

  return {
    async put(scope, { issuedAgo, left, dueAgo, claimed }) {
      const now = Date.now();
      const [issuedAt, expiration] = [now - issuedAgo * minuteMs, now + left * minuteMs];
      const { key, warrant } = keyOf(config, scope);
      const generation = await claims.claim(key, undefined, issuedAt, 1_000);
      if (generation === undefined) throw new Error(`${scope} is kept already.`);
      const sealed = await sealContent(
        seal,
        { key, generation },
        { session: sessionOf(key, issuedAt, expiration), warrant },
      );
      await claims.keep({ key, generation, sealed, expiration });
      if (dueAgo !== undefined) await uses.markUsed(key, generation, now - dueAgo * minuteMs);
      if (claimed) await claims.claim(key, { key, generation }, now, minuteMs);
    },

    async accessKeyId(scope) {
      const { key } = keyOf(config, scope);
      const entry = await entries.get(key);
      const content = entry && (await openContent(seal, entry));
      return content?.session.accessKeyId;
    },
  };
}

function keyOf(config: Config, scope: string) {
  const ask = askFor(scope);
  const authorization = authorize(config, { principal, now: Date.now(), sourceIp: undefined }, ask);
  const request = issueRequest(authorization, { principal });
  if (!isKept(request)) throw new Error(`${request.storage.name} issues by ${request.storage.issue}.`);
  const known: Principal = { ...principal, claims: authorization.evidence };
  return {
    key: entryKey(request),
    warrant: { principal: known, ask, grant: authorization.grant },
  };
}

function sessionOf(key: string, issuedAt: number, expiration: number): Session {
  return {
    accessKeyId: `ASIAKEPT${key.slice(0, 12).toUpperCase()}`,
    secretAccessKey: key,
    sessionToken: key.repeat(6),
    issuedAt,
    expiration,
  };
}
