import { randomUUID } from "node:crypto";
import { AwsFault } from "./aws-fault.ts";
import { currentStage, pendingStage, type RotationRules, type Secret } from "./secrets.ts";

/** What Secrets Manager invokes a rotation function with. */
interface RotationEvent {
  Step: "createSecret" | "setSecret" | "testSecret" | "finishSecret";
  SecretId: string;
  ClientRequestToken: string;
}

/** Invokes a function, and rejects if the function fails. */
export type InvokeFunction = (functionArn: string, event: RotationEvent) => Promise<unknown>;

interface RotateRequest {
  versionId?: string | undefined;
  functionArn?: string | undefined;
  rules?: RotationRules | undefined;
  isImmediate: boolean;
}

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

/**
 * Begins to rotate a secret, and goes on with it after the answer. A rotation that fails leaves its version pending, and the
 * next request tries it again. The schedule itself is not kept: nothing is rotated unasked.
 *
 * @returns the id of the version that is pending
 */
export function rotate(
  secret: Secret,
  { versionId = randomUUID(), functionArn, rules, isImmediate }: RotateRequest,
  invoke: InvokeFunction | undefined,
  now: () => number,
): string {
  const rotation = {
    ...secret.rotation,
    functionArn: functionArn ?? secret.rotation?.functionArn ?? "",
    rules: rules ?? secret.rotation?.rules ?? {},
  };
  if (rotation.functionArn === "")
    throw invalid("No Lambda rotation function ARN is associated with this secret.");
  if (invoke === undefined)
    throw new AwsFault(
      400,
      "AccessDeniedException",
      "Secrets Manager cannot invoke the specified Lambda function.",
    );
  const run = (id: string) => {
    takeSteps(secret, id, isImmediate ? steps : ["testSecret"], (event) =>
      invoke(rotation.functionArn, event),
    )
      .then(() => {
        if (isImmediate && secret.rotation) secret.rotation.lastRotatedAt = now();
      })
      // The function's own log tells of it, as on AWS.
      .catch(() => undefined);
  };
  const unfinished = secret.versions.find(
    ({ stages }) => stages.has(pendingStage) && !stages.has(currentStage),
  );
  secret.rotation = rotation;
  secret.lastChangedAt = now();
  if (unfinished !== undefined) {
    run(unfinished.id);
    throw invalid("A previous rotation isn't complete. That rotation will be reattempted.");
  }
  const current = secret.versions.find(({ stages }) => stages.has(currentStage));
  const version = { id: versionId, stages: new Set([pendingStage]), createdAt: now() };
  const others = secret.versions.map((other) => ({
    ...other,
    stages: new Set([...other.stages].filter((stage) => stage !== pendingStage)),
  }));
  // The test of the function is for the value that there is.
  const content = isImmediate ? undefined : current?.content;
  secret.versions = [...others, { ...version, ...(content && { content }) }];
  run(versionId);
  return versionId;
}

async function takeSteps(
  secret: Secret,
  id: string,
  names: readonly RotationEvent["Step"][],
  invoke: (event: RotationEvent) => Promise<unknown>,
): Promise<void> {
  for (const Step of names) await invoke({ Step, SecretId: secret.arn, ClientRequestToken: id });
  if (names.length === 1) secret.versions = secret.versions.filter((version) => version.id !== id);
  else
    secret.versions = secret.versions.map((version) =>
      version.stages.has(currentStage)
        ? { ...version, stages: new Set([...version.stages].filter((stage) => stage !== pendingStage)) }
        : version,
    );
}

function invalid(message: string): AwsFault {
  return new AwsFault(400, "InvalidRequestException", message);
}
