import { AwsFault } from "../aws-fault.ts";
import { MalformedPolicy } from "../iam/malformed-policy.ts";
import { requiredText } from "../query-parameters.ts";
import type { IamCall } from "./call.ts";

const mostCharacters = 131_072;

/** A policy as a parameter has it. */
export function documentIn({ parameters }: IamCall, name: string): string {
  return requiredText(parameters, name, { min: 1, max: mostCharacters });
}

/** What counts for a limit: IAM leaves out white space. */
export function countedSize(document: string): number {
  return document.replace(/\s/g, "").length;
}

/** Runs a function that reads a policy, and says in IAM's words that it is malformed. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedPolicy) throw malformed(error.message);
    if (error instanceof SyntaxError) throw malformed("This policy contains invalid Json");
    throw error;
  }
}

function malformed(message: string): AwsFault {
  return new AwsFault(400, "MalformedPolicyDocument", message);
}
