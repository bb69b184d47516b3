import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  paginateListAccessKeys,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import {
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import {
  createWorld,
  folderPolicy,
  guestKey,
  keysOf,
  lakeKey,
  operatorKey,
  refusalOf,
  region,
  spareKey,
} from "../world.ts";

const UserName = "guest";
const whoAmI = new GetCallerIdentityCommand();

test("a new key works at once, is listed beside the first, and there is no third", async () => {
  const { clock, iam, sts } = await createWorld();
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
  expect(AccessKey).toMatchObject({
    UserName,
    Status: "Active",
    AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    SecretAccessKey: expect.stringMatching(/^.{40}$/),
    CreateDate: new Date(Math.floor(clock.now() / 1_000) * 1_000),
  });
  const keys = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  expect((await sts(keys).send(whoAmI)).Arn).toBe("arn:aws:iam::123456789012:user/guest");
  const { AccessKeyMetadata = [] } = await iam().send(new ListAccessKeysCommand({ UserName }));
  expect(AccessKeyMetadata.map((each) => each.AccessKeyId)).toEqual([guestKey.accessKeyId, keys.accessKeyId]);
  expect(JSON.stringify(AccessKeyMetadata)).not.toContain(keys.secretAccessKey);
  expect(await refusalOf(iam().send(new CreateAccessKeyCommand({ UserName })))).toEqual([
    "LimitExceededException",
    409,
  ]);
});

test("keys are listed by pages", async () => {
  const { iam } = await createWorld();
  const pages = paginateListAccessKeys({ client: iam(), pageSize: 1 }, { UserName: "lake-owner" });
  const ids: unknown[] = [];
  for await (const { AccessKeyMetadata = [] } of pages)
    ids.push(AccessKeyMetadata.map((key) => key.AccessKeyId));
  expect(ids).toEqual([[lakeKey.accessKeyId], [spareKey.accessKeyId]]);
  const beyond = new ListAccessKeysCommand({ UserName, Marker: "bm90aGluZw" });
  expect(await refusalOf(iam().send(beyond))).toEqual(["ValidationError", 400]);
});

test.each([
  [
    "inactive",
    new UpdateAccessKeyCommand({
      UserName: "lake-owner",
      AccessKeyId: lakeKey.accessKeyId,
      Status: "Inactive",
    }),
  ],
  ["deleted", new DeleteAccessKeyCommand({ UserName: "lake-owner", AccessKeyId: lakeKey.accessKeyId })],
])("a key that is %s is refused everywhere, and its sessions live on", async (_state, command) => {
  const { iam, s3, secrets, sts } = await createWorld();
  const session = keysOf((await sts().send(new GetSessionTokenCommand())).Credentials);
  const federated = keysOf(
    (await sts().send(new GetFederationTokenCommand({ Name: "job", Policy: folderPolicy("t1/") })))
      .Credentials,
  );
  const list = () => new ListObjectsV2Command({ Bucket: "lake", Prefix: "t1/" });
  const read = new GetSecretValueCommand({ SecretId: "lake/key" });

  await iam().send(command as DeleteAccessKeyCommand);
  expect(await refusalOf(sts().send(whoAmI))).toEqual(["InvalidClientTokenId", 403]);
  expect(await refusalOf(s3().send(list()))).toEqual(["InvalidAccessKeyId", 403]);
  expect(await refusalOf(secrets().send(read))).toEqual(["UnrecognizedClientException", 400]);
  expect(await refusalOf(iam(lakeKey).send(new ListAccessKeysCommand()))).toEqual([
    "InvalidClientTokenId",
    403,
  ]);

  expect(await refusalOf(sts(spareKey).send(whoAmI))).toEqual(["not refused", 200]);
  for (const keys of [session, federated])
    expect(await refusalOf(s3(keys).send(list()))).toEqual(["not refused", 200]);
});

test("an inactive key can be active again, and a deleted one cannot", async () => {
  const { iam, sts } = await createWorld();
  const key = { UserName, AccessKeyId: guestKey.accessKeyId };
  const set = (Status: "Active" | "Inactive") => iam().send(new UpdateAccessKeyCommand({ ...key, Status }));
  await set("Inactive");
  expect((await iam().send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata).toMatchObject([
    { Status: "Inactive" },
  ]);
  await set("Active");
  expect(await refusalOf(sts(guestKey).send(whoAmI))).toEqual(["not refused", 200]);
  await iam().send(new DeleteAccessKeyCommand(key));
  expect(await refusalOf(set("Active"))).toEqual(["NoSuchEntityException", 404]);
  expect(await refusalOf(iam().send(new DeleteAccessKeyCommand(key)))).toEqual([
    "NoSuchEntityException",
    404,
  ]);
});

test("services may learn of a new key late and one after the other, and know the others all the while", async () => {
  const { accounts, clock, iam, sts } = await createWorld();
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
  const keys = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const isAccepted = async () => (await refusalOf(sts(keys).send(whoAmI)))[1] === 200;

  accounts.newKeys.accepts = ({ tries }) => tries === 2 || tries > 3;
  expect([await isAccepted(), await isAccepted(), await isAccepted(), await isAccepted()]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  accounts.newKeys.accepts = ({ ageMs }) => ageMs >= 10_000;
  expect(await isAccepted()).toBe(false);
  expect(await refusalOf(sts().send(whoAmI))).toEqual(["not refused", 200]);
  clock.aheadMs = 10_000;
  expect(await isAccepted()).toBe(true);
});

test("a key's last use is told by service, region and time", async () => {
  const { clock, iam, sts } = await createWorld();
  const lastUse = async () => {
    const answer = await iam().send(new GetAccessKeyLastUsedCommand({ AccessKeyId: guestKey.accessKeyId }));
    expect(answer.UserName).toBe(UserName);
    return answer.AccessKeyLastUsed;
  };
  expect(await lastUse()).toEqual({ ServiceName: "N/A", Region: "N/A" });
  await sts(guestKey).send(whoAmI);
  const LastUsedDate = new Date(Math.floor(clock.now() / 1_000) * 1_000);
  expect(await lastUse()).toEqual({ ServiceName: "sts", Region: region, LastUsedDate });
  await refusalOf(sts({ ...guestKey, secretAccessKey: "wrong" }).send(whoAmI));
  clock.aheadMs = 60_000;
  expect((await lastUse())?.LastUsedDate).toEqual(LastUsedDate);
  const unknown = iam().send(new GetAccessKeyLastUsedCommand({ AccessKeyId: "AKIAUNKNOWN000000000" }));
  expect(await refusalOf(unknown)).toEqual(["NoSuchEntityException", 404]);
});

test("without a name a call is about the user that makes it", async () => {
  const { iam } = await createWorld();
  const { AccessKeyMetadata } = await iam().send(new ListAccessKeysCommand());
  expect(AccessKeyMetadata).toMatchObject([{ UserName: "operator", AccessKeyId: operatorKey.accessKeyId }]);
  const missing = iam().send(new CreateAccessKeyCommand({ UserName: "nobody" }));
  expect(await refusalOf(missing)).toEqual(["NoSuchEntityException", 404]);
});
