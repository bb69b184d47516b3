import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
  type UpdateSecretVersionStageCommandInput,
} from "@aws-sdk/client-secrets-manager";
import { formatNote, parseNote } from "../../core/rotation-note.ts";
import type {
  KeyPair,
  KeySecretChanges,
  KeySecrets,
  SecretLook,
  StartSchedule,
} from "../../vending/rotate/ports.ts";
import { parseLongTermKey } from "../long-term-key.ts";
import { rotationCall } from "./rotation-call.ts";

/** The tag of a secret that has its note. The function may write no other. */
export const noteTag = "keyvend:rotation";

/**
 * Secrets in Secrets Manager, as a rotation reads and changes them.
 *
 * @example await createKeySecrets(client).look("keyvend-prod/lake")
 */
export function createKeySecrets(
  client: SecretsManagerClient,
): KeySecrets & KeySecretChanges & { startSchedule: StartSchedule } {
  const call = <T>(
    action: string,
    send: (abortSignal: AbortSignal) => Promise<T>,
    allowed?: Parameters<typeof rotationCall<T>>[3],
  ) => rotationCall("Secrets Manager", action, send, allowed);

  async function look(SecretId: string): Promise<SecretLook> {
    const answer = await call("DescribeSecret", (abortSignal) =>
      client.send(new DescribeSecretCommand({ SecretId }), { abortSignal }),
    );
    const { RotationEnabled, RotationLambdaARN, RotationRules = {}, Tags = [] } = answer;
    const every = RotationRules.ScheduleExpression ? "expression" : RotationRules.AutomaticallyAfterDays;
    return {
      stages: new Map(Object.entries(answer.VersionIdsToStages ?? {})),
      note: parseNote(Tags.find(({ Key }) => Key === noteTag)?.Value),
      ...(RotationEnabled &&
        RotationLambdaARN && {
          schedule: { functionArn: RotationLambdaARN, ...(every !== undefined && { every }) },
        }),
    };
  }

  async function read(SecretId: string, VersionId: string): Promise<KeyPair | undefined> {
    const { SecretString = "" } = await call<{ SecretString?: string | undefined }>(
      "GetSecretValue",
      (abortSignal) => client.send(new GetSecretValueCommand({ SecretId, VersionId }), { abortSignal }),
      { ResourceNotFoundException: () => ({}) },
    );
    try {
      const { accessKeyId, secretAccessKey } = parseLongTermKey(SecretString);
      return { accessKeyId, secretAccessKey };
    } catch {
      return undefined;
    }
  }

  async function moveStage(move: UpdateSecretVersionStageCommandInput) {
    await call("UpdateSecretVersionStage", (abortSignal) =>
      client.send(new UpdateSecretVersionStageCommand(move), { abortSignal }),
    );
  }

  return {
    look,
    read,
    async putPending(SecretId, ClientRequestToken, { accessKeyId, secretAccessKey }) {
      // Always the same text, so that the same put again is no other.
      const SecretString = JSON.stringify({ accessKeyId, secretAccessKey });
      const VersionStages = ["AWSPENDING"];
      const put = new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages });
      await call("PutSecretValue", (abortSignal) => client.send(put, { abortSignal }));
    },
    promote: (SecretId, MoveToVersionId, RemoveFromVersionId) =>
      moveStage({ SecretId, VersionStage: "AWSCURRENT", MoveToVersionId, RemoveFromVersionId }),
    endPending: (SecretId, RemoveFromVersionId) =>
      moveStage({ SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId }),
    async note(SecretId, note) {
      const Tags = [{ Key: noteTag, Value: formatNote(note) }];
      await call("TagResource", (abortSignal) =>
        client.send(new TagResourceCommand({ SecretId, Tags }), { abortSignal }),
      );
    },
    async startSchedule(SecretId, { functionArn, everyDays }) {
      const rotate = new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: functionArn,
        RotationRules: { AutomaticallyAfterDays: everyDays },
        RotateImmediately: false,
      });
      await call("RotateSecret", (abortSignal) => client.send(rotate, { abortSignal }));
    },
  };
}
