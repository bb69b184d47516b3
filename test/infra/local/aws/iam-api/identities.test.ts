import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetUserCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { allow, createWorld, guestKey, keysOf, lakeKey, operatorKey, refusalOf, roleArn } from "../world.ts";

const arnOf = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const answered = ["not refused", 200];
const refused = ["AccessDenied", 403];

function trust(principal: unknown, condition?: object): string {
  const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  });
}

test("a user is made, shown, listed, and deleted when nothing of it is left", async () => {
  const { iam } = await createWorld();
  const { User } = await iam().send(new CreateUserCommand({ UserName: "new" }));
  expect(User).toMatchObject({
    ...{ UserName: "new", Path: "/", Arn: "arn:aws:iam::123456789012:user/new" },
    ...{ UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/), CreateDate: expect.any(Date) },
  });
  expect((await iam().send(new GetUserCommand({ UserName: "new" }))).User).toEqual(User);
  const { Users = [] } = await iam().send(new ListUsersCommand());
  expect(Users.map(({ UserName }) => UserName)).toContain("new");
  const again = iam().send(new CreateUserCommand({ UserName: "new" }));
  expect(await refusalOf(again)).toEqual(["EntityAlreadyExistsException", 409]);
  await iam().send(new DeleteUserCommand({ UserName: "new" }));
  expect(await refusalOf(iam().send(new GetUserCommand({ UserName: "new" })))).toEqual([
    "NoSuchEntityException",
    404,
  ]);
  // This user has a key.
  const withKey = iam().send(new DeleteUserCommand({ UserName: "guest" }));
  expect(await refusalOf(withKey)).toEqual(["DeleteConflictException", 409]);
});

test("a role is shown with its trust policy and its longest session, and both can be changed", async () => {
  const { iam, sts } = await createWorld();
  const shown = async () => (await iam().send(new GetRoleCommand({ RoleName: "reader" }))).Role;
  const first = await shown();
  expect(first).toMatchObject({ Arn: roleArn, MaxSessionDuration: 7_200 });
  expect(JSON.parse(decodeURIComponent(first?.AssumeRolePolicyDocument ?? ""))).toMatchObject({
    Statement: [
      {
        Principal: {
          AWS: [
            "arn:aws:iam::123456789012:user/lake-owner",
            "arn:aws:iam::123456789012:user/barred",
            roleArn,
          ],
        },
        Condition: { StringEqualsIfExists: { "sts:ExternalId": "blue" } },
      },
    ],
  });
  await iam().send(
    new UpdateRoleCommand({ RoleName: "reader", MaxSessionDuration: 43_200, Description: "reads" }),
  );
  expect(await shown()).toMatchObject({ MaxSessionDuration: 43_200, Description: "reads" });
  const long = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "job", DurationSeconds: 43_200 });
  expect(await refusalOf(sts().send(long))).toEqual(answered);
  // As at AWS, what is left out goes back to its default.
  await iam().send(new UpdateRoleCommand({ RoleName: "reader" }));
  expect(await shown()).toMatchObject({ MaxSessionDuration: 3_600 });
  const tooLong = iam().send(new UpdateRoleCommand({ RoleName: "reader", MaxSessionDuration: 43_201 }));
  expect(await refusalOf(tooLong)).toEqual(["ValidationError", 400]);

  const PolicyDocument = trust({ AWS: "arn:aws:iam::123456789012:user/guest" });
  await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: "reader", PolicyDocument }));
  expect(decodeURIComponent((await shown())?.AssumeRolePolicyDocument ?? "")).toBe(PolicyDocument);
  const assume = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "job" });
  expect(await refusalOf(sts(guestKey).send(assume))).toEqual(answered);
  expect(await refusalOf(sts(lakeKey).send(assume))).toEqual(refused);
});

test("a trust policy keeps the id of the role that it names, and not its name", async () => {
  const { iam, sts } = await createWorld();
  const make = (RoleName: string, AssumeRolePolicyDocument: string) =>
    iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const first = await make("functions", trust({ AWS: "arn:aws:iam::123456789012:user/guest" }));
  await make("by-name", trust({ AWS: arnOf("functions") }));
  const isFunctions = { ArnEquals: { "aws:PrincipalArn": arnOf("functions") } };
  await make("by-condition", trust({ AWS: "arn:aws:iam::123456789012:root" }, isFunctions));
  const allowAll = JSON.stringify(allow("sts:AssumeRole", "*"));
  const permit = () =>
    iam().send(
      new PutRolePolicyCommand({ RoleName: "functions", PolicyName: "assume", PolicyDocument: allowAll }),
    );
  const functions = async () => {
    const assume = new AssumeRoleCommand({ RoleArn: arnOf("functions"), RoleSessionName: "job" });
    return sts(keysOf((await sts(guestKey).send(assume)).Credentials));
  };
  const tries = async (client: Awaited<ReturnType<typeof functions>>) => [
    await refusalOf(
      client.send(new AssumeRoleCommand({ RoleArn: arnOf("by-name"), RoleSessionName: "next" })),
    ),
    await refusalOf(
      client.send(new AssumeRoleCommand({ RoleArn: arnOf("by-condition"), RoleSessionName: "next" })),
    ),
  ];
  // The account is trusted, so that the caller's own policy must allow it too.
  expect(await tries(await functions())).toEqual([answered, refused]);
  await permit();
  const earlier = await functions();
  expect(await tries(earlier)).toEqual([answered, answered]);

  const remove = () => iam().send(new DeleteRoleCommand({ RoleName: "functions" }));
  expect(await refusalOf(remove())).toEqual(["DeleteConflictException", 409]);
  await iam().send(new DeleteRolePolicyCommand({ RoleName: "functions", PolicyName: "assume" }));
  await remove();
  const second = await make("functions", trust({ AWS: "arn:aws:iam::123456789012:user/guest" }));
  await permit();
  expect(second.Role?.RoleId).not.toBe(first.Role?.RoleId);
  expect(second.Role?.Arn).toBe(first.Role?.Arn);
  expect(await tries(await functions())).toEqual([refused, answered]);
  // A session of the role that is gone is nobody's.
  expect(await refusalOf(earlier.send(new GetCallerIdentityCommand()))).toEqual([
    "InvalidClientTokenId",
    403,
  ]);
  const broken = (await iam().send(new GetRoleCommand({ RoleName: "by-name" }))).Role
    ?.AssumeRolePolicyDocument;
  expect(decodeURIComponent(broken ?? "")).toContain(`"AWS":"${first.Role?.RoleId}"`);
});

test.each([
  ["a role that is not there", { AWS: arnOf("missing") }, "MalformedPolicyDocumentException"],
  ["an id that nobody has", { AWS: "AROA0123456789ABCDEF0" }, "MalformedPolicyDocumentException"],
  ["another account's role", { AWS: "arn:aws:iam::210987654321:role/theirs" }, "not refused"],
  ["a service", { Service: "lambda.amazonaws.com" }, "not refused"],
  ["everybody", "*", "not refused"],
  ["nobody", undefined, "MalformedPolicyDocumentException"],
])("a trust policy for %s: %s", async (_whom, principal, expected) => {
  const { iam } = await createWorld();
  const made = iam().send(
    new CreateRoleCommand({ RoleName: "new", AssumeRolePolicyDocument: trust(principal) }),
  );
  expect((await refusalOf(made))[0]).toBe(expected);
  const { Roles = [] } = await iam().send(new ListRolesCommand());
  expect(Roles.some(({ RoleName }) => RoleName === "new")).toBe(expected === "not refused");
});

test("each call needs its own right, on its own user or role", async () => {
  const { iam } = await createWorld();
  const guest = iam(guestKey);
  const own = new GetUserCommand();
  expect(await refusalOf(guest.send(own))).toEqual(refused);
  const PolicyDocument = JSON.stringify(
    allow("iam:GetUser", "arn:aws:iam::123456789012:user/${aws:username}"),
  );
  await iam().send(new PutUserPolicyCommand({ UserName: "guest", PolicyName: "self", PolicyDocument }));
  expect(await refusalOf(guest.send(own))).toEqual(answered);
  expect(await refusalOf(guest.send(new GetUserCommand({ UserName: "barred" })))).toEqual(refused);
  // It does not learn which users there are.
  expect(await refusalOf(guest.send(new GetUserCommand({ UserName: "nobody" })))).toEqual(refused);
  expect(await refusalOf(guest.send(new DeleteUserCommand({ UserName: "guest" })))).toEqual(refused);
});

test("sessions of a user without MFA do not open IAM, and a role's do", async () => {
  const { iam, sts } = await createWorld();
  const session = keysOf((await sts(operatorKey).send(new GetSessionTokenCommand())).Credentials);
  expect(await refusalOf(iam(session).send(new GetUserCommand()))).toEqual(["InvalidClientTokenId", 403]);
  const PolicyDocument = JSON.stringify(allow("iam:GetUser", "*"));
  await iam().send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "iam", PolicyDocument }));
  const { Credentials } = await sts().send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "job" }),
  );
  const ofRole = iam(keysOf(Credentials));
  expect(await refusalOf(ofRole.send(new GetUserCommand({ UserName: "guest" })))).toEqual(answered);
  expect(await refusalOf(ofRole.send(new GetUserCommand()))).toEqual(["ValidationError", 400]);
});

test("what is not emulated is refused, not ignored", async () => {
  const { iam } = await createWorld();
  const bounded = new CreateUserCommand({
    UserName: "new",
    PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  });
  expect(await refusalOf(iam().send(bounded))).toEqual(["ValidationError", 400]);
  expect(await refusalOf(iam().send(new GetUserCommand({ UserName: "new" })))).toEqual([
    "NoSuchEntityException",
    404,
  ]);
});

test("a wrong secret and an expired session are refused in IAM's words", async () => {
  const { clock, iam, sts } = await createWorld();
  const wrong = iam({ ...operatorKey, secretAccessKey: "wrong" }).send(new GetUserCommand());
  expect(await refusalOf(wrong)).toEqual(["SignatureDoesNotMatch", 403]);
  const assume = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "job", DurationSeconds: 900 });
  const session = keysOf((await sts().send(assume)).Credentials);
  clock.aheadMs = 840_000;
  expect(await refusalOf(iam(session).send(new GetUserCommand({ UserName: "guest" })))).toEqual(refused);
  clock.aheadMs = 900_001;
  const late = iam(session).send(new GetUserCommand({ UserName: "guest" }));
  expect(await refusalOf(late)).toEqual(["ExpiredToken", 403]);
});

test("the issuers that the account trusts are listed without their scheme", async () => {
  const oidcProvider = {
    issuer: "http://127.0.0.1:9/realm",
    audiences: ["keyvend"],
    jwksUri: "http://127.0.0.1:9/keys",
  };
  const { iam } = await createWorld({ oidcProvider });
  const { OpenIDConnectProviderList } = await iam().send(new ListOpenIDConnectProvidersCommand());
  const arn = "arn:aws:iam::123456789012:oidc-provider/127.0.0.1:9/realm";
  expect(OpenIDConnectProviderList).toEqual([{ Arn: arn }]);
  const shown = await iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
  expect(shown).toMatchObject({ Url: "127.0.0.1:9/realm", ClientIDList: ["keyvend"] });
  const other = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: `${arn}/other` });
  expect(await refusalOf(iam().send(other))).toEqual(["NoSuchEntityException", 404]);
});

test("a user that is deleted and made anew does not take over the sessions of the first", async () => {
  const { accounts, iam, s3, sts } = await createWorld();
  const session = s3(keysOf((await sts().send(new GetSessionTokenCommand())).Credentials));
  const user = accounts.users.get("lake-owner");
  user?.keys.clear();
  user?.policies.clear();
  await iam().send(new DeleteUserCommand({ UserName: "lake-owner" }));
  await iam().send(new CreateUserCommand({ UserName: "lake-owner" }));
  const PolicyDocument = JSON.stringify(allow("s3:*", "*"));
  await iam().send(new PutUserPolicyCommand({ UserName: "lake-owner", PolicyName: "all", PolicyDocument }));
  expect(await refusalOf(session.send(new ListObjectsV2Command({ Bucket: "lake" })))).toEqual([
    "InvalidToken",
    400,
  ]);
});
