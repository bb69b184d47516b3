import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allClients } from "./conformance/clients/all-clients.ts";
import { clientsTable } from "./conformance/clients/table.ts";
import { allPlatforms } from "./conformance/platforms/all-platforms.ts";
import { allStsClients } from "./conformance/sts-clients/all-sts-clients.ts";
import { stsClientsTable } from "./conformance/sts-clients/table.ts";

const here = join(import.meta.dirname, "conformance/clients");
const read = (path: string) => readFileSync(join(here, path), "utf8");

test("the table of clients is made from the settings that the conformance run tests", () => {
  // If it is not, `npm run clients:table` writes it.
  expect(read("README.md")).toBe(clientsTable(allClients, allPlatforms));
});

test("the table of the clients of the STS door is made from theirs", () => {
  expect(read("../sts-clients/README.md")).toBe(stsClientsTable(allStsClients));
});

test("no two clients have the same name", () => {
  const names = [...allClients, ...allStsClients, ...allPlatforms].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.each(["python/requirements.txt", "s3fs/requirements.txt", "go/go.sum", "java/pom.xml"])(
  "%s names no registry",
  (file) => {
    expect(read(file)).not.toMatch(/https?:\/\/(?!maven\.apache\.org\/POM\/)/);
  },
);

test.each(["python/requirements.txt", "s3fs/requirements.txt", "../sts-clients/boto3-1.34.txt"])(
  "every package of %s is pinned",
  (file) => {
    for (const line of read(file).trim().split("\n")) expect(line).toMatch(/^[\w.-]+==[\w.]+$/);
  },
);
