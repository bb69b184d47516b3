import type { Context } from "aws-lambda";

/** What Lambda hands a function beside the event, with the time that the function has left. */
export function lambdaContext(awsRequestId: string, remainingMs = 10_000): Context {
  return { awsRequestId, getRemainingTimeInMillis: () => remainingMs } as Context;
}
