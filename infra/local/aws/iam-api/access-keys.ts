import { randomBytes } from "node:crypto";
import { AwsFault } from "../aws-fault.ts";
import { newUserKey, type User, type UserKey } from "../identities.ts";
import { requiredText } from "../query-parameters.ts";
import { element, type XmlElement } from "../xml.ts";
import type { IamAction, IamCall } from "./call.ts";
import { dateElement, missing, requireUser, userNameOrCaller, userOrCallerArn } from "./entities.ts";
import { page, pageParameters } from "./pages.ts";

const mostKeys = 2;
const keyIdLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const accessKeyActions = {
  CreateAccessKey: {
    takes: ["UserName"],
    resource: userOrCallerArn,
    answer(call) {
      const user = requireUser(call, userNameOrCaller(call));
      if (user.keys.size >= mostKeys)
        throw new AwsFault(409, "LimitExceeded", `Cannot exceed quota for AccessKeysPerUser: ${mostKeys}`);
      const key = newUserKey(
        { accessKeyId: newKeyId(), secretAccessKey: randomBytes(30).toString("base64") },
        { createdAt: call.now, isNew: true },
      );
      user.keys.set(key.accessKeyId, key);
      const secret = element("SecretAccessKey", key.secretAccessKey);
      return [element("AccessKey", ...keyElements(user, key), secret)];
    },
  },
  ListAccessKeys: {
    takes: ["UserName", ...pageParameters],
    resource: userOrCallerArn,
    answer(call) {
      const user = requireUser(call, userNameOrCaller(call));
      const keys = [...user.keys.values()].map((key) => element("member", ...keyElements(user, key)));
      return [element("UserName", user.name), ...page("AccessKeyMetadata", call, keys)];
    },
  },
  UpdateAccessKey: {
    takes: ["UserName", "AccessKeyId", "Status"],
    resource: userOrCallerArn,
    answer(call) {
      const status = requiredText(call.parameters, "Status", {
        min: 6,
        max: 8,
        shape: /^(?:Active|Inactive)$/,
      });
      requireKey(call).key.status = status === "Active" ? "Active" : "Inactive";
      return [];
    },
  },
  DeleteAccessKey: {
    takes: ["UserName", "AccessKeyId"],
    resource: userOrCallerArn,
    answer(call) {
      const { user, key } = requireKey(call);
      user.keys.delete(key.accessKeyId);
      return [];
    },
  },
  GetAccessKeyLastUsed: {
    takes: ["AccessKeyId"],
    resource: (call) => ownerOf(call)?.arn ?? call.accounts.arnOf("user", "*"),
    answer(call) {
      const user = ownerOf(call);
      const key = user?.keys.get(keyId(call));
      if (user === undefined || key === undefined)
        missing(`The Access Key with id ${keyId(call)} cannot be found.`);
      const { at, region, service } = key.lastUse ?? { at: undefined, region: "N/A", service: "N/A" };
      return [
        element("UserName", user.name),
        element(
          "AccessKeyLastUsed",
          ...(at === undefined ? [] : [dateElement("LastUsedDate", at)]),
          element("ServiceName", service),
          element("Region", region),
        ),
      ];
    },
  },
} satisfies Record<string, IamAction>;

function keyId({ parameters }: IamCall): string {
  return requiredText(parameters, "AccessKeyId", { min: 16, max: 128, shape: /^\w*$/ });
}

function ownerOf(call: IamCall): User | undefined {
  return [...call.accounts.users.values()].find(({ keys }) => keys.has(keyId(call)));
}

function requireKey(call: IamCall): { user: User; key: UserKey } {
  const id = keyId(call);
  const user = requireUser(call, userNameOrCaller(call));
  const key = user.keys.get(id) ?? missing(`The Access Key with id ${id} cannot be found.`);
  return { user, key };
}

function keyElements(user: User, { accessKeyId, status, createdAt }: UserKey): XmlElement[] {
  return [
    element("UserName", user.name),
    element("AccessKeyId", accessKeyId),
    element("Status", status),
    dateElement("CreateDate", createdAt),
  ];
}

function newKeyId(): string {
  return `AKIA${Array.from(randomBytes(16), (byte) => keyIdLetters[byte % keyIdLetters.length]).join("")}`;
}
