import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { secretNameIn } from "../shared/core/secret-name.ts";
import { RotationFault } from "../shared/vending/rotate/ports.ts";
import type { KeyReport } from "../shared/vending/rotate/tend-key.ts";
import { readRotateEvent } from "./rotate-event.ts";
import { createRotationRuntime } from "./rotation-runtime.ts";

/** A step ends by itself so long before the end of the function's time: one more look at STS, and the report. */
const reserveMs = 15_000;

const { rotating, rotateStep, tendKey, meter, clock } = createRotationRuntime();

/** Rotates a secret's long-term key in the steps of Secrets Manager, and looks after old keys once a day. */
export const handler = middy<unknown, void>().handler(rotateOnEvent);

async function rotateOnEvent(event: unknown, context: Context): Promise<void> {
  const wanted = readRotateEvent(event);
  if (wanted === undefined) return tendAll(context);
  const { step, secretArn, version } = wanted;
  const rotated = rotating.find(({ secret }) => secret === secretArn || secret === secretNameIn(secretArn));
  if (rotated === undefined)
    throw new RotationFault(
      `No storage of ${secretArn} has a rotation in the configuration: add it, or aws secretsmanager cancel-rotate-secret.`,
    );
  await rotateStep(step, rotated, version, clock.now() + context.getRemainingTimeInMillis() - reserveMs);
  meter({}, {}, { rotation: { secret: rotated.secret, step } });
}

/** One secret after the other; one that fails does not stop the others, and fails the run in the end. */
async function tendAll({ invokedFunctionArn }: Context): Promise<void> {
  // Behind the name an alias or a version may stand, by which this run was invoked.
  const tend = tendKey(invokedFunctionArn.split(":").slice(0, 7).join(":"));
  const reports: KeyReport[] = [];
  const faults: string[] = [];
  for (const rotated of rotating) {
    const { secret, user } = rotated;
    try {
      const report = await tend(rotated);
      reports.push(report);
      meter({}, { KeyAgeDays: report.ageDays }, { rotation: { secret, user, ...report } });
    } catch (error) {
      faults.push(error instanceof RotationFault ? error.message : `${secret}: ${(error as Error).name}`);
    }
  }
  const KeysOverdue = reports.filter(({ isOverdue }) => isOverdue).length;
  const UnknownKeys = reports.reduce((sum, { unknownKeys }) => sum + unknownKeys, 0);
  meter({}, { KeysOverdue, UnknownKeys });
  if (faults.length > 0) throw new RotationFault(faults.join(" "));
}
