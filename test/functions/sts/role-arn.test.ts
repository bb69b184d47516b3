import { expect, test } from "vitest";
import { readRoleArn } from "../../../functions/sts/role-arn.ts";

test.each([
  ["arn:aws:iam::000000000000:role/keyvend/lake", { storage: "lake" }],
  ["arn:aws:iam:::role/keyvend/lake", { storage: "lake" }],
  ["arn:minio:iam:::role/keyvend/lake", { storage: "lake" }],
  ["arn:aws-cn:iam::123456789012:role/keyvend/l-1", { storage: "l-1" }],
  ["arn:aws:iam:::role/keyvend/lake/READ", { storage: "lake", permission: "READ" }],
  ["arn:aws:iam:::role/keyvend/lake/WRITE/a", { storage: "lake", permission: "WRITE", prefix: "a/" }],
  [
    "arn:aws:iam:::role/keyvend/lake/READWRITE/a/b/",
    { storage: "lake", permission: "READWRITE", prefix: "a/b/" },
  ],
  // Nothing is decoded.
  [
    "arn:aws:iam:::role/keyvend/lake/READ/a%2Fb+c",
    { storage: "lake", permission: "READ", prefix: "a%2Fb+c/" },
  ],
  ["arn:aws:iam:::role/keyvend/lake/READ/READ", { storage: "lake", permission: "READ", prefix: "READ/" }],
])("%s", (arn, role) => {
  expect(readRoleArn(arn)).toEqual(role);
});

test.each([
  "",
  "lake",
  "arn:aws:iam::123:role/keyvend/lake",
  "arn:aws:iam:eu-central-1:000000000000:role/keyvend/lake",
  "arn:aws:sts::000000000000:role/keyvend/lake",
  "arn:aws:iam::000000000000:user/keyvend/lake",
  "arn:aws:iam::000000000000:role/keyvend-lake",
  "arn:aws:iam::000000000000:role/other/lake",
  "arn:aws:iam::000000000000:role/keyvend/",
  "arn:aws:iam::000000000000:role/keyvend/lake/",
  "arn:aws:iam::000000000000:role/keyvend/Lake",
  "arn:aws:iam::000000000000:role/keyvend/lake/read",
  "arn:aws:iam::000000000000:role/keyvend/lake/ADMIN",
  "arn:aws:iam::000000000000:role/keyvend/lake/raw",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ/",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ//a",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ/../a",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ/a//b",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ/a\\b",
  "arn:aws:iam::000000000000:role/keyvend/lake/READ/a\nb",
  "arn:aws:iam::000000000000:role/keyvend/lake\n",
  " arn:aws:iam::000000000000:role/keyvend/lake",
  "arn:AWS:iam::000000000000:role/keyvend/lake",
])("%j is not understood", (arn) => {
  expect(readRoleArn(arn)).toBeUndefined();
});
