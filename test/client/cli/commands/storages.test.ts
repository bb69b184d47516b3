import { expect, test } from "vitest";
import type { StoragesAnswer } from "../../../../shared/contract.ts";
import { json } from "../../fake-service.ts";
import { keyvend } from "../keyvend.ts";
import { storages, useSurroundings } from "../surroundings.ts";

const here = useSurroundings();

const several: StoragesAnswer = {
  Storages: [
    ...storages.Storages,
    {
      ...{ Storage: "own-keys", Bucket: "b", Endpoint: "https://s3.example.com", Region: "eu" },
      ...{ PathStyleAccess: false, Grants: [], Vends: false },
    },
  ],
};

test("are written for a person", async () => {
  here.service.reply(json(200, several));
  const { status, out, err } = await keyvend(["storages"], here.env);
  expect(here.service.requests[0]?.path).toBe("/v1/storages");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out).toBe(
    "lake  https://s3.eu-central-1.amazonaws.com, eu-central-1, path style\n" +
      "  READ       s3://lake-bucket/tables/  up to 1 h 30 min\n" +
      "own-keys  https://s3.example.com, eu, address only\n",
  );
});

test("are written with the operations that a grant allows beside its permission", async () => {
  const [lake] = storages.Storages;
  const Grants = [
    { Targets: ["s3://lake/t1/"], Permission: "READ", Also: ["folder", "tags"], MaxDurationSeconds: 3_600 },
  ];
  here.service.reply(json(200, { Storages: [{ ...lake, Grants }] }));
  const { out } = await keyvend(["storages"], here.env);
  expect(out).toContain("  READ       s3://lake/t1/  up to 1 h, also folder, tags\n");
});

test("are written as JSON", async () => {
  here.service.reply(json(200, several));
  expect(JSON.parse((await keyvend(["storages", "--json"], here.env)).out)).toEqual(several);
});

test("no storages is no failure, and the command says so", async () => {
  here.service.reply(json(200, { Storages: [] }));
  const { status, out, err } = await keyvend(["storages"], here.env);
  expect({ status, out }).toEqual({ status: 0, out: "" });
  expect(err).toContain("no grant of yours");
});

test.each([
  ["half a storage", { Storages: [{ Storage: "lake" }] }],
  ["something else", { Storages: "lake" }],
])("a list with %s in it is an error", async (_, body) => {
  here.service.reply(json(200, body));
  expect(await keyvend(["storages"], here.env)).toMatchObject({ status: 1, out: "" });
});
