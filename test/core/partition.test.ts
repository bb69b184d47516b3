import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { awsDomainOf, partitionNamed, partitionOf } from "../../shared/core/partition.ts";

interface SdkPartition {
  id: string;
  outputs: { dnsSuffix: string; dualStackDnsSuffix: string };
  regions: Record<string, object>;
}
/** AWS writes this list, for all of its SDKs. The one for JavaScript has it, and exports it to nobody. */
const sdkList = resolve(
  "node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js",
);
const { partitionsInfo } = (await import(sdkList)) as { partitionsInfo: { partitions: SdkPartition[] } };
const known = partitionsInfo.partitions;

test("the SDK's list is read", () => {
  expect(known.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["aws", "aws-cn", "aws-eusc", "aws-us-gov"]),
  );
});

describe.each(known)("the partition $id", ({ id, outputs, regions }) => {
  const partition = { name: id, domain: outputs.dnsSuffix, dualStackDomain: outputs.dualStackDnsSuffix };
  const names = Object.keys(regions).filter((name) => !name.endsWith("-global"));

  test("has the domains that the SDK knows", () => {
    expect(partitionNamed(id)).toEqual(partition);
    for (const domain of [outputs.dnsSuffix, outputs.dualStackDnsSuffix])
      expect(awsDomainOf(`s3.${names[0]}.${domain}`)).toBe(domain);
  });

  test.each(names)("has the region %s", (region) => {
    expect(partitionOf(region)).toEqual(partition);
  });
});

test.each([
  "",
  "eu-central-1-evil",
  "xx-central-1",
  "eu-centre-1",
  "us-isox-east-1",
  "eusc-fr-west-1",
  "aws-global",
  "us-east-1.evil.example",
  "EU-CENTRAL-1",
])("%j is in none", (region) => {
  expect(partitionOf(region)).toBeUndefined();
});

test.each(["evilamazonaws.com", "amazonaws.com.evil.example", "s3.amazonaws.org", "api.aws.evil.example"])(
  "%s is no host of AWS",
  (host) => {
    expect(awsDomainOf(host)).toBeUndefined();
  },
);
