import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { RevocationRecord } from "../../shared/core/revocation.ts";
import type { Change } from "../../shared/core/revocation-changes.ts";
import { readRecord } from "../../shared/vending/revocation-rules.ts";

/** Changes the record where its stage or its server has it, or reads it alone; the answer is the record as it is then. */
export type AskRecord = (change?: Change) => Promise<RevocationRecord>;

/**
 * The record of a stage, by its function.
 *
 * @returns a function that throws (the promise) Error with what the function said
 * @example const { revoked } = await createAskRecord(lambda, "keyvend-prod-revoke")()
 */
export function createAskRecord(lambda: LambdaClient, FunctionName: string): AskRecord {
  return async function askRecord(change = undefined) {
    const Payload = JSON.stringify(change === undefined ? {} : eventOf(change));
    const { FunctionError, Payload: answer } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload }),
    );
    const text = Buffer.from(answer ?? []).toString("utf8");
    if (FunctionError === undefined) return readRecord(text);
    throw new Error(`${FunctionName}: ${messageIn(text)}`);
  };
}

/** The event that the function takes: what is flushed as a whole has no name. */
export function eventOf(change: Change): object {
  return JSON.parse(
    JSON.stringify(change, (key, value) => (key === "name" && value === "" ? undefined : value)),
  );
}

function messageIn(text: string): string {
  try {
    const { errorMessage } = JSON.parse(text) as { errorMessage?: unknown };
    return String(errorMessage ?? text.slice(0, 300));
  } catch {
    return text.slice(0, 300);
  }
}
