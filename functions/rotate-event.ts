import * as z from "zod/mini";
import { type RotationStep, rotationSteps } from "../shared/vending/rotate/rotate-step.ts";

const step = `must be one of ${rotationSteps.join(", ")}`;
const secretId = "must be the ARN of a secret";
const token = "must be the id of a version: 1 to 64 of letters, digits and -";

/** What Secrets Manager sends. Its `RotationToken` is for functions that take up another role. */
const stepEvent = z.object({
  Step: z.literal(rotationSteps, step),
  SecretId: z.string(secretId).check(z.regex(/^arn:[\w/+=.@:-]{1,2044}$/, secretId)),
  ClientRequestToken: z.string(token).check(z.regex(/^[A-Za-z0-9-]{1,64}$/, token)),
});

/** A step for one version of one secret. */
interface StepEvent {
  step: RotationStep;
  secretArn: string;
  version: string;
}

/**
 * Reads the event that the rotate function was invoked with: a step of Secrets Manager's, or `undefined` for the daily run,
 * which any event without a step is for.
 *
 * @throws Error that names the field which is wrong.
 * @example readRotateEvent({ Step: "createSecret", SecretId: "arn:…", ClientRequestToken: "…" })?.step // "createSecret"
 */
export function readRotateEvent(event: unknown): StepEvent | undefined {
  if (!isForStep(event)) return undefined;
  const { data, error } = stepEvent.safeParse(event);
  if (error === undefined)
    return { step: data.Step, secretArn: data.SecretId, version: data.ClientRequestToken };
  const faults = error.issues.map(({ path, message }) => `${path.join(".") || "The event"} ${message}`);
  throw new Error(`${faults.join("; ")}.`);
}

function isForStep(event: unknown): boolean {
  return (
    typeof event === "object" &&
    event !== null &&
    Object.keys(stepEvent.def.shape).some((name) => name in event)
  );
}
