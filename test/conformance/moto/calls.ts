import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { account, roleArnOf } from "./account.ts";
import type { Side, SideClients } from "./side.ts";

export interface ComparedCall {
  /** The test's name. Differences are named after it. */
  name: string;
  /** The call has no signature. */
  unsigned?: true;
  make(clients: SideClients, given: { side: Side; webIdentityToken: string }): Promise<object>;
}

const session = { RoleSessionName: "conformance", DurationSeconds: 900 };
const Policy = JSON.stringify(account.rolePolicy);
const SecretId = "keyvend/lake";
export const withWrongSecret = ({ accessKeyId }: Side["userKey"]) => ({
  accessKeyId,
  secretAccessKey: "wrong".repeat(8),
});
export const unknownKey = { accessKeyId: "AKIAUNKNOWN000000000", secretAccessKey: "unknown".repeat(6) };

/** The order matters, because calls on a secret depend on those before them. */
export const calls: readonly ComparedCall[] = [
  {
    name: "GetCallerIdentity",
    make: ({ sts }) => sts().send(new GetCallerIdentityCommand({})),
  },
  {
    name: "GetCallerIdentity with a wrong secret",
    make: ({ sts }, { side }) => sts(withWrongSecret(side.userKey)).send(new GetCallerIdentityCommand({})),
  },
  {
    name: "GetCallerIdentity with an unknown key",
    make: ({ sts }) => sts(unknownKey).send(new GetCallerIdentityCommand({})),
  },
  {
    name: "GetCallerIdentity in a role's session",
    async make({ sts }) {
      const { Credentials: issued } = await sts().send(
        new AssumeRoleCommand({ RoleArn: roleArnOf(account.role), ...session }),
      );
      const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = issued ?? {};
      const credentials = {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
      };
      return sts(credentials).send(new GetCallerIdentityCommand({}));
    },
  },
  {
    name: "GetSessionToken",
    make: ({ sts }) => sts().send(new GetSessionTokenCommand({ DurationSeconds: 900 })),
  },
  {
    name: "GetSessionToken for less than 900 s",
    make: ({ sts }) => sts().send(new GetSessionTokenCommand({ DurationSeconds: 899 })),
  },
  {
    name: "GetFederationToken",
    make: ({ sts }) => sts().send(new GetFederationTokenCommand({ Name: "conformance", Policy })),
  },
  {
    name: "GetFederationToken without permission",
    make: ({ sts }, { side }) =>
      sts(side.strangerKey).send(new GetFederationTokenCommand({ Name: "conformance", Policy })),
  },
  {
    name: "GetFederationToken with a policy of 2,049 characters",
    make: ({ sts }) =>
      sts().send(new GetFederationTokenCommand({ Name: "conformance", Policy: Policy.padEnd(2_049) })),
  },
  {
    name: "GetFederationToken with a malformed policy",
    make: ({ sts }) => sts().send(new GetFederationTokenCommand({ Name: "conformance", Policy: "{}" })),
  },
  {
    name: "AssumeRole",
    make: ({ sts }) =>
      sts().send(new AssumeRoleCommand({ RoleArn: roleArnOf(account.role), Policy, ...session })),
  },
  {
    name: "AssumeRole without a policy",
    make: ({ sts }) => sts().send(new AssumeRoleCommand({ RoleArn: roleArnOf(account.role), ...session })),
  },
  {
    name: "AssumeRole of a role that trusts others",
    make: ({ sts }) =>
      sts().send(new AssumeRoleCommand({ RoleArn: roleArnOf(account.closedRole), ...session })),
  },
  {
    name: "AssumeRole of a role that is not there",
    make: ({ sts }) => sts().send(new AssumeRoleCommand({ RoleArn: roleArnOf("missing"), ...session })),
  },
  {
    name: "AssumeRole with a session name of 65 characters",
    make: ({ sts }) =>
      sts().send(
        new AssumeRoleCommand({
          RoleArn: roleArnOf(account.role),
          ...session,
          RoleSessionName: "n".repeat(65),
        }),
      ),
  },
  {
    name: "AssumeRoleWithWebIdentity",
    unsigned: true,
    make: ({ sts }, { webIdentityToken: WebIdentityToken }) =>
      sts().send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArnOf(account.role),
          Policy,
          WebIdentityToken,
          ...session,
        }),
      ),
  },
  {
    name: "AssumeRoleWithWebIdentity with what is no token",
    unsigned: true,
    make: ({ sts }) =>
      sts().send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArnOf(account.role),
          WebIdentityToken: "no-token",
          ...session,
        }),
      ),
  },
  {
    name: "GetSecretValue of a secret that is not there",
    make: ({ secretsManager }) => secretsManager().send(new GetSecretValueCommand({ SecretId })),
  },
  {
    name: "PutSecretValue to a secret that is not there",
    make: ({ secretsManager }) =>
      secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString: "{}" })),
  },
  {
    name: "CreateSecret",
    make: ({ secretsManager }) =>
      secretsManager().send(new CreateSecretCommand({ Name: SecretId, SecretString: "first" })),
  },
  {
    name: "CreateSecret under a name that is taken",
    make: ({ secretsManager }) =>
      secretsManager().send(new CreateSecretCommand({ Name: SecretId, SecretString: "again" })),
  },
  {
    name: "GetSecretValue",
    make: ({ secretsManager }) => secretsManager().send(new GetSecretValueCommand({ SecretId })),
  },
  {
    name: "GetSecretValue of a stage that no version has",
    make: ({ secretsManager }) =>
      secretsManager().send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPENDING" })),
  },
  {
    name: "PutSecretValue",
    make: ({ secretsManager }) =>
      secretsManager().send(new PutSecretValueCommand({ SecretId, SecretString: "second" })),
  },
  {
    name: "GetSecretValue of the version before",
    make: ({ secretsManager }) =>
      secretsManager().send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" })),
  },
  {
    name: "PutSecretValue of a version that is pending",
    make: ({ secretsManager }) =>
      secretsManager().send(
        new PutSecretValueCommand({ SecretId, SecretString: "third", VersionStages: ["AWSPENDING"] }),
      ),
  },
  {
    name: "GetSecretValue of the version that is pending",
    make: ({ secretsManager }) =>
      secretsManager().send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPENDING" })),
  },
  {
    name: "GetSecretValue of the current version beside one that is pending",
    make: ({ secretsManager }) => secretsManager().send(new GetSecretValueCommand({ SecretId })),
  },
  {
    name: "UpdateSecretVersionStage that takes a stage away",
    async make({ secretsManager }) {
      const VersionStage = "AWSPREVIOUS";
      const { VersionId } = await secretsManager().send(
        new GetSecretValueCommand({ SecretId, VersionStage }),
      );
      const take = { SecretId, VersionStage, RemoveFromVersionId: VersionId };
      return secretsManager().send(new UpdateSecretVersionStageCommand(take));
    },
  },
  {
    name: "UpdateSecretVersionStage of a version that has no such stage",
    async make({ secretsManager }) {
      const { VersionId } = await secretsManager().send(new GetSecretValueCommand({ SecretId }));
      const take = { SecretId, VersionStage: "AWSPREVIOUS", RemoveFromVersionId: VersionId };
      return secretsManager().send(new UpdateSecretVersionStageCommand(take));
    },
  },
  {
    name: "UpdateSecretVersionStage that makes the pending version the current one",
    async make({ secretsManager }) {
      const [pending, current] = await Promise.all(
        ["AWSPENDING", "AWSCURRENT"].map((VersionStage) =>
          secretsManager().send(new GetSecretValueCommand({ SecretId, VersionStage })),
        ),
      );
      const move = {
        ...{ SecretId, VersionStage: "AWSCURRENT" },
        ...{ MoveToVersionId: pending?.VersionId, RemoveFromVersionId: current?.VersionId },
      };
      return secretsManager().send(new UpdateSecretVersionStageCommand(move));
    },
  },
  {
    name: "GetSecretValue of the version before, after a move",
    make: ({ secretsManager }) =>
      secretsManager().send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" })),
  },
  {
    name: "UpdateSecretVersionStage that does not say from where",
    async make({ secretsManager }) {
      const VersionStage = "AWSPREVIOUS";
      const { VersionId } = await secretsManager().send(
        new GetSecretValueCommand({ SecretId, VersionStage }),
      );
      const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: VersionId };
      return secretsManager().send(new UpdateSecretVersionStageCommand(move));
    },
  },
  {
    name: "TagResource",
    make: ({ secretsManager }) =>
      secretsManager().send(
        new TagResourceCommand({ SecretId, Tags: [{ Key: "keyvend:rotation", Value: "inactive 2026" }] }),
      ),
  },
  {
    name: "DescribeSecret",
    async make({ secretsManager }) {
      const { VersionIdsToStages, ...answer } = await secretsManager().send(
        new DescribeSecretCommand({ SecretId }),
      );
      // The versions' ids are other ones on each side.
      return { ...answer, stages: Object.values(VersionIdsToStages ?? {}).flat() };
    },
  },
  {
    name: "ListSecretVersionIds",
    async make({ secretsManager }) {
      const { Versions = [], ...answer } = await secretsManager().send(
        new ListSecretVersionIdsCommand({ SecretId }),
      );
      return {
        ...answer,
        stages: Versions.flatMap(({ VersionStages = [] }) => VersionStages),
        Version: Versions[0],
      };
    },
  },
  {
    name: "RotateSecret by a function that is not there",
    make: ({ secretsManager }) =>
      secretsManager().send(
        new RotateSecretCommand({
          SecretId,
          RotationLambdaARN: `arn:aws:lambda:us-east-1:123456789012:function:missing`,
          RotationRules: { AutomaticallyAfterDays: 90 },
        }),
      ),
  },
  {
    name: "GetSecretValue of an unknown version",
    make: ({ secretsManager }) =>
      secretsManager().send(
        new GetSecretValueCommand({ SecretId, VersionId: "00000000-0000-4000-8000-000000000000" }),
      ),
  },
  {
    name: "PutSecretValue without content",
    make: ({ secretsManager }) => secretsManager().send(new PutSecretValueCommand({ SecretId })),
  },
  {
    name: "GetSecretValue without permission",
    make: ({ secretsManager }, { side }) =>
      secretsManager(side.strangerKey).send(new GetSecretValueCommand({ SecretId })),
  },
  {
    name: "GetSecretValue with a wrong secret key",
    make: ({ secretsManager }, { side }) =>
      secretsManager(withWrongSecret(side.userKey)).send(new GetSecretValueCommand({ SecretId })),
  },
  {
    name: "GetSecretValue with an unknown key",
    make: ({ secretsManager }) => secretsManager(unknownKey).send(new GetSecretValueCommand({ SecretId })),
  },
];
