import { expect, test } from "vitest";
import { awsPrincipal, type IamIdentity } from "../../shared/identity/aws-identity.ts";
import { tokenHash } from "../../shared/identity/token-hash.ts";
import { refusalReason } from "./refusal-reason.ts";

const accounts = ["111122223333", "444455556666"];
const accessKey = "ASIAIOSFODNN7EXAMPLE";

function identity(userArn: string, userId = "AROAEXAMPLE:run-17"): IamIdentity {
  return { userArn, userId, accessKey };
}

const subjectOf = (userArn: string) => awsPrincipal(identity(userArn), accounts).subject;

test("a role's subject is its ARN, and the name of its session is a claim apart", () => {
  const arn = "arn:aws:sts::111122223333:assumed-role/ingest/run-17";
  const subject = "arn:aws:iam::111122223333:role/ingest";
  expect(awsPrincipal(identity(arn), accounts)).toEqual({
    issuer: "aws",
    subject,
    claims: { sub: subject, account: "111122223333", arn, userId: "AROAEXAMPLE", sessionName: "run-17" },
    kind: "aws",
    tokenHash: tokenHash(accessKey),
  });
});

test("a user's subject is its ARN with its path, and a user has no session", () => {
  const arn = "arn:aws:iam::444455556666:user/people/data/alice@example.com";
  expect(awsPrincipal(identity(arn, "AIDAEXAMPLE"), accounts)).toMatchObject({
    subject: arn,
    claims: { sub: arn, account: "444455556666", arn, userId: "AIDAEXAMPLE" },
  });
  expect(awsPrincipal(identity(arn), accounts).claims).not.toHaveProperty("sessionName");
});

test("a role of another partition stays in it", () => {
  expect(subjectOf("arn:aws-us-gov:sts::111122223333:assumed-role/ingest/run-17")).toBe(
    "arn:aws-us-gov:iam::111122223333:role/ingest",
  );
});

test("all sessions of a role are one principal, whatever they are called", () => {
  const sessions = ["run-17", "role", "arn=aws@iam", "a.b,c+d"];
  const subjects = sessions.map((name) =>
    subjectOf(`arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Reader_0a1b/${name}`),
  );
  expect(new Set(subjects)).toEqual(new Set(["arn:aws:iam::111122223333:role/AWSReservedSSO_Reader_0a1b"]));
});

test.each([
  ["a role", "arn:aws:sts::999900001111:assumed-role/ingest/run-17"],
  ["a user", "arn:aws:iam::999900001111:user/alice"],
  [
    "a role whose name is the number of an account of ours",
    "arn:aws:sts::999900001111:assumed-role/111122223333/x",
  ],
])("%s of an account that is not accepted is refused", (_, arn) => {
  expect(refusalReason(() => awsPrincipal(identity(arn), accounts))).toBe(
    "an AWS account that is not accepted",
  );
});

test("where no account is configured, none is accepted", () => {
  expect(refusalReason(() => awsPrincipal(identity("arn:aws:iam::111122223333:user/alice"), []))).toBe(
    "an AWS account that is not accepted",
  );
});

test.each([
  ["none at all", undefined],
  ["null", null],
  ["an empty one", {}],
  ["no ARN", { userId: "AIDAEXAMPLE", accessKey }],
  ["null for an ARN", { userArn: null as unknown as string }],
  ["an empty ARN", identity("")],
  ["root", identity("arn:aws:iam::111122223333:root")],
  ["a federated user, whose name is free to choose", identity("arn:aws:sts::111122223333:federated-user/a")],
  ["a role itself, which signs nothing", identity("arn:aws:iam::111122223333:role/ingest")],
  ["a role without a session", identity("arn:aws:sts::111122223333:assumed-role/ingest")],
  ["a role with more than a session", identity("arn:aws:sts::111122223333:assumed-role/ingest/a/b")],
  ["a user of STS", identity("arn:aws:sts::111122223333:user/alice")],
  ["a short account", identity("arn:aws:iam::11112222333:user/alice")],
  ["a line after the name", identity("arn:aws:iam::111122223333:user/alice\n")],
  ["a line before the ARN", identity("x\narn:aws:iam::111122223333:user/alice")],
])("no identity, no principal: %s", (_, iam) => {
  expect(refusalReason(() => awsPrincipal(iam, accounts))).toBe("no IAM identity of a user or a role");
});
