import type { User } from "../identities.ts";
import { element, type XmlElement } from "../xml.ts";
import type { IamAction } from "./call.ts";
import {
  dateElement,
  requireFree,
  requireNone,
  requireUser,
  userArn,
  userName,
  userNameOrCaller,
  userOrCallerArn,
} from "./entities.ts";
import { page, pageParameters } from "./pages.ts";

export const userActions = {
  CreateUser: {
    takes: ["UserName"],
    resource: userArn,
    answer(call) {
      const name = userName(call);
      requireFree("User", name, call.accounts.users);
      return [element("User", userElements(call.accounts.createUser(name, call.now)))];
    },
  },
  GetUser: {
    takes: ["UserName"],
    resource: userOrCallerArn,
    answer: (call) => [element("User", userElements(requireUser(call, userNameOrCaller(call))))],
  },
  ListUsers: {
    takes: pageParameters,
    resource: ({ accounts }) => accounts.arnOf("user", ""),
    answer(call) {
      const users = [...call.accounts.users.values()];
      return page(
        "Users",
        call,
        users.map((user) => element("member", userElements(user))),
      );
    },
  },
  DeleteUser: {
    takes: ["UserName"],
    resource: userArn,
    answer(call) {
      const user = requireUser(call, userName(call));
      requireNone("access keys", user.keys);
      requireNone("policies", user.policies);
      call.accounts.users.delete(user.name);
      return [];
    },
  },
} satisfies Record<string, IamAction>;

function userElements({ name, id, arn, createdAt }: User): XmlElement[] {
  return [
    element("Path", "/"),
    element("UserName", name),
    element("UserId", id),
    element("Arn", arn),
    dateElement("CreateDate", createdAt),
  ];
}
