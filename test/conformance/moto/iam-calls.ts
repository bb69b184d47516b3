import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { account, closedTrust } from "./account.ts";
import { type ComparedCall, unknownKey, withWrongSecret } from "./calls.ts";

const UserName = "rotated";
const RoleName = "made";
const PolicyName = "access";
const user = { UserName, PolicyName };
const role = { RoleName, PolicyName };
const PolicyDocument = JSON.stringify(account.rolePolicy);
const AssumeRolePolicyDocument = JSON.stringify(closedTrust);
const missing = { UserName: "missing", RoleName: "missing" };
const padded = (size: number) => JSON.stringify({ ...account.rolePolicy, Id: "i".repeat(size) });

/** The order matters: each call meets what those before it made. */
export const iamCalls: readonly ComparedCall[] = [
  call("CreateUser", (iam) => iam.send(new CreateUserCommand({ UserName }))),
  call("CreateUser under a name that is taken", (iam) => iam.send(new CreateUserCommand({ UserName }))),
  call("GetUser", (iam) => iam.send(new GetUserCommand({ UserName }))),
  call("GetUser without a name", (iam) => iam.send(new GetUserCommand())),
  call("GetUser of one that is not there", (iam) => iam.send(new GetUserCommand(missing))),
  call("CreateAccessKey", (iam) => iam.send(new CreateAccessKeyCommand({ UserName }))),
  call("CreateAccessKey for a user that is not there", (iam) =>
    iam.send(new CreateAccessKeyCommand(missing)),
  ),
  call("ListAccessKeys", (iam) => iam.send(new ListAccessKeysCommand({ UserName }))),
  call("ListAccessKeys of a user that is not there", (iam) => iam.send(new ListAccessKeysCommand(missing))),
  call("GetAccessKeyLastUsed", async (iam) =>
    iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: await keyOf(iam) })),
  ),
  call("GetAccessKeyLastUsed of an unknown key", (iam) =>
    iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: unknownKey.accessKeyId })),
  ),
  call("CreateAccessKey a second time", (iam) => iam.send(new CreateAccessKeyCommand({ UserName }))),
  call("CreateAccessKey a third time", (iam) => iam.send(new CreateAccessKeyCommand({ UserName }))),
  call("UpdateAccessKey", async (iam) =>
    iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: await keyOf(iam), Status: "Inactive" })),
  ),
  call("ListAccessKeys with an inactive key", (iam) => iam.send(new ListAccessKeysCommand({ UserName }))),
  call("UpdateAccessKey of an unknown key", (iam) =>
    iam.send(
      new UpdateAccessKeyCommand({ UserName, AccessKeyId: unknownKey.accessKeyId, Status: "Inactive" }),
    ),
  ),
  call("DeleteAccessKey", async (iam) =>
    iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: await keyOf(iam) })),
  ),
  call("DeleteAccessKey of an unknown key", (iam) =>
    iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: unknownKey.accessKeyId })),
  ),
  call("PutUserPolicy", (iam) => iam.send(new PutUserPolicyCommand({ ...user, PolicyDocument }))),
  call("PutUserPolicy of what is no policy", (iam) =>
    iam.send(new PutUserPolicyCommand({ ...user, PolicyDocument: "{}" })),
  ),
  call("PutUserPolicy of 2,049 characters", (iam) =>
    iam.send(new PutUserPolicyCommand({ ...user, PolicyDocument: padded(2_049) })),
  ),
  call("GetUserPolicy", (iam) => iam.send(new GetUserPolicyCommand(user))),
  call("ListUserPolicies", (iam) => iam.send(new ListUserPoliciesCommand({ UserName }))),
  call("ListAttachedUserPolicies", (iam) => iam.send(new ListAttachedUserPoliciesCommand({ UserName }))),
  call("DeleteUserPolicy", (iam) => iam.send(new DeleteUserPolicyCommand(user))),
  call("DeleteUserPolicy of one that is not there", (iam) => iam.send(new DeleteUserPolicyCommand(user))),
  call("GetUserPolicy of one that is not there", (iam) => iam.send(new GetUserPolicyCommand(user))),
  call("CreateRole", (iam) => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))),
  call("CreateRole under a name that is taken", (iam) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument })),
  ),
  call("GetRole", (iam) => iam.send(new GetRoleCommand({ RoleName }))),
  call("GetRole of one that is not there", (iam) => iam.send(new GetRoleCommand(missing))),
  call("UpdateRole", (iam) =>
    iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200, Description: "reads" })),
  ),
  call("GetRole with a description", (iam) => iam.send(new GetRoleCommand({ RoleName }))),
  call("UpdateAssumeRolePolicy", (iam) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: AssumeRolePolicyDocument })),
  ),
  call("UpdateAssumeRolePolicy to what is no policy", (iam) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: "{}" })),
  ),
  call("PutRolePolicy", (iam) => iam.send(new PutRolePolicyCommand({ ...role, PolicyDocument }))),
  call("GetRolePolicy", (iam) => iam.send(new GetRolePolicyCommand(role))),
  call("ListRolePolicies", (iam) => iam.send(new ListRolePoliciesCommand({ RoleName }))),
  call("ListAttachedRolePolicies", (iam) => iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))),
  call("DeleteRole with a policy", (iam) => iam.send(new DeleteRoleCommand({ RoleName }))),
  call("DeleteRolePolicy", (iam) => iam.send(new DeleteRolePolicyCommand(role))),
  call("GetRolePolicy of one that is not there", (iam) => iam.send(new GetRolePolicyCommand(role))),
  call("DeleteRole", (iam) => iam.send(new DeleteRoleCommand({ RoleName }))),
  call("GetOpenIDConnectProvider of one that is not there", (iam) =>
    iam.send(
      new GetOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn: "arn:aws:iam::123456789012:oidc-provider/missing.example",
      }),
    ),
  ),
  {
    name: "GetUser without permission",
    make: ({ iam }, { side }) => iam(side.strangerKey).send(new GetUserCommand({ UserName })),
  },
  {
    name: "GetUser with a wrong secret",
    make: ({ iam }, { side }) => iam(withWrongSecret(side.userKey)).send(new GetUserCommand({ UserName })),
  },
  {
    name: "GetUser with an unknown key",
    make: ({ iam }) => iam(unknownKey).send(new GetUserCommand({ UserName })),
  },
  {
    name: "GetCallerIdentity with an inactive key",
    async make({ iam, sts }) {
      const { AccessKeyMetadata: [last] = [] } = await iam().send(new ListAccessKeysCommand({ UserName }));
      const old = { UserName, AccessKeyId: last?.AccessKeyId };
      await iam().send(new DeleteAccessKeyCommand(old));
      const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
      const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
      await iam().send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
      const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
      return sts(credentials).send(new GetCallerIdentityCommand({}));
    },
  },
  call("DeleteUser with keys", (iam) => iam.send(new DeleteUserCommand({ UserName }))),
];

function call(name: string, make: (iam: IAMClient) => Promise<object>): ComparedCall {
  return { name, make: ({ iam }) => make(iam()) };
}

async function keyOf(iam: IAMClient): Promise<string | undefined> {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata[0]?.AccessKeyId;
}
