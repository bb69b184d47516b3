import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  type IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { RotationFault, type UserKeys } from "../../vending/rotate/ports.ts";
import { rotationCall } from "./rotation-call.ts";

/**
 * The access keys of IAM users. `user` is a name with its path, as ARNs have it; IAM's calls take the name alone.
 *
 * @param makingClient asks once only: a second try after a lost answer would make a second key
 * @example await createUserKeys(client, makingClient).list("teams/data/keyvend-lake")
 */
export function createUserKeys(client: IAMClient, makingClient: IAMClient): UserKeys {
  const call = <T>(
    action: string,
    send: (abortSignal: AbortSignal) => Promise<T>,
    allowed?: Parameters<typeof rotationCall<T>>[3],
  ) => rotationCall("IAM", action, send, allowed);

  return {
    async list(user) {
      const command = new ListAccessKeysCommand({ UserName: nameOf(user) });
      const { AccessKeyMetadata = [] } = await call("ListAccessKeys", (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      return AccessKeyMetadata.map(({ AccessKeyId = "", Status, CreateDate }) => ({
        id: AccessKeyId,
        isActive: Status === "Active",
        createdAt: CreateDate?.getTime() ?? 0,
      }));
    },
    async wasUsed(AccessKeyId) {
      const { AccessKeyLastUsed } = await call("GetAccessKeyLastUsed", (abortSignal) =>
        client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), { abortSignal }),
      );
      return AccessKeyLastUsed?.LastUsedDate !== undefined;
    },
    async create(user) {
      const { AccessKey } = await call("CreateAccessKey", (abortSignal) =>
        makingClient.send(new CreateAccessKeyCommand({ UserName: nameOf(user) }), { abortSignal }),
      );
      const { AccessKeyId, SecretAccessKey } = AccessKey ?? {};
      if (!AccessKeyId || !SecretAccessKey) throw new RotationFault("IAM made a key and did not tell it.");
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    },
    async deactivate(user, AccessKeyId) {
      const update = { UserName: nameOf(user), AccessKeyId, Status: "Inactive" } as const;
      await call("UpdateAccessKey", (abortSignal) =>
        client.send(new UpdateAccessKeyCommand(update), { abortSignal }),
      );
    },
    async remove(user, AccessKeyId) {
      const command = new DeleteAccessKeyCommand({ UserName: nameOf(user), AccessKeyId });
      await call<unknown>("DeleteAccessKey", (abortSignal) => client.send(command, { abortSignal }), {
        NoSuchEntityException: () => undefined,
        NoSuchEntity: () => undefined,
      });
    },
  };
}

function nameOf(user: string): string {
  return user.slice(user.lastIndexOf("/") + 1);
}
