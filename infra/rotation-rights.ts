import { noteTag } from "../shared/aws/rotate/key-secrets.ts";
import { type RotatingSecret, rotatingSecrets } from "../shared/core/rotating-secret.ts";
import type { Storage } from "../shared/core/storage.ts";

type Reference = string | object;

/** What the rotate function does with a secret, but for its notes. */
export const secretActions = [
  "DescribeSecret",
  "GetSecretValue",
  "PutSecretValue",
  "UpdateSecretVersionStage",
  "RotateSecret",
].map((name) => `secretsmanager:${name}`);
/** And with a user. */
export const userActions = [
  "ListAccessKeys",
  "GetAccessKeyLastUsed",
  "CreateAccessKey",
  "UpdateAccessKey",
  "DeleteAccessKey",
].map((name) => `iam:${name}`);
/** It may write no other tag. */
export const noteCondition = { "ForAllValues:StringEquals": { "aws:TagKeys": [noteTag] } };

interface RotationStatement {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: Reference[];
  Condition?: object;
}

/** The user that is generated for a storage, as `rotation-runtime.ts` names it, in the words of CloudFormation. */
const generatedUser = (storage: string) => `\${Table}-\${AWS::Region}-${storage}`;

/**
 * What the rotate function may do: change the keys of exactly the users whose keys are rotated, and exactly their secrets.
 * Its role exists also where nothing is rotated, and may do nothing then but write its log.
 *
 * @example rotationRights(config.storages.values(), (secret) => secret).Resources
 */
export function rotationRights(
  storages: Iterable<Storage>,
  arnOf: (secret: string) => Reference,
): { Resources: Record<string, object> } {
  const rotating = rotatingSecrets(storages, generatedUser);
  if (rotating.length === 0) return { Resources: {} };
  const PolicyDocument = { Version: "2012-10-17", Statement: statementsFor(rotating, arnOf) };
  const Properties = { RoleName: { Ref: "RotateRole" }, PolicyName: "rotate", PolicyDocument };
  return { Resources: { RotateRights: { Type: "AWS::IAM::RolePolicy", Properties } } };
}

function statementsFor(
  rotating: readonly RotatingSecret[],
  arnOf: (secret: string) => Reference,
): RotationStatement[] {
  const secrets = rotating.map(({ secret }) => arnOf(secret));
  const users = rotating.map(({ user }) =>
    sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:user/${user}`),
  );
  return [
    allow("PutKeys", secretActions, secrets),
    {
      ...allow("NoteThem", ["secretsmanager:TagResource"], secrets),
      Condition: noteCondition,
    },
    allow("ReplaceKeys", userActions, users),
    // Secrets Manager asks for it of a caller that names the function which rotates.
    allow(
      "NameItself",
      ["lambda:InvokeFunction"],
      [sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Table}-rotate")],
    ),
  ];
}

function allow(Sid: string, Action: string[], Resource: Reference[]): RotationStatement {
  return { Sid, Effect: "Allow", Action, Resource };
}

function sub(text: string): Reference {
  return { "Fn::Sub": text };
}
