import { expect, test, vi } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { stsPlace } from "../../shared/aws/sts-place.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { credentials, sessionToken } from "./sts-answers.ts";

test.each([
  ["ap-southeast-2", "aws", "eu-central-1", "eu-central-1"],
  ["cn-north-1", "aws-cn", "cn-northwest-1", "cn-northwest-1"],
  ["us-gov-east-1", "aws-us-gov", "us-gov-west-1", "us-gov-west-1"],
  ["cn-north-1", "aws-cn", "eu-central-1", "cn-north-1"],
  ["us-gov-east-1", "aws-us-gov", "us-east-1", "us-gov-east-1"],
  ["eu-central-1", "aws", "cn-north-1", "eu-central-1"],
  ["eusc-de-east-1", "aws-eusc", "eu-central-1", "eusc-de-east-1"],
  ["eu-central-1", "aws", "eusc-de-east-1", "eu-central-1"],
])(
  "for a storage in %s (partition %s), a function in %s asks STS in %s",
  (region, partition, ownRegion, asked) => {
    expect(stsPlace({ region, partition }, ownRegion)).toEqual({ region: asked });
  },
);

test("a region that is not known has its STS under the domain of its partition", () => {
  const storage = { region: "eusc-fr-west-1", partition: "aws-eusc" };
  expect(stsPlace(storage, "eu-central-1")).toEqual({
    region: "eusc-fr-west-1",
    endpoint: "https://sts.eusc-fr-west-1.amazonaws.eu",
  });
  expect(stsPlace(storage, "eusc-de-east-1")).toEqual({ region: "eusc-de-east-1" });
});

test("nothing is guessed where the domain is not known either", () => {
  expect(() => stsPlace({ region: "zz-north-1", partition: "aws-zz" }, "eu-central-1")).toThrow(
    /stsEndpoint/,
  );
});

test.each([
  ["https://sts.eu-west-1.amazonaws.com", "eu-west-1"],
  ["https://sts-fips.us-east-2.amazonaws.com", "us-east-2"],
  ["https://sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
  ["https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1"],
  ["https://sts.eu-west-1.api.aws", "eu-west-1"],
  ["https://vpce-1-2.sts.eu-west-1.vpce.amazonaws.com:443", "eu-west-1"],
  ["https://sts.amazonaws.com", "us-east-1"],
  ["https://sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"],
  ["https://sts.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"],
  ["https://minio.corp.example", "ap-southeast-2"],
  ["http://127.0.0.1:9000/sts", "ap-southeast-2"],
  ["https://sts.eu-west-1.amazonaws.com.evil.example", "ap-southeast-2"],
  ["https://evil.example/sts.eu-west-1.amazonaws.com", "ap-southeast-2"],
])("calls to %s, for a storage in ap-southeast-2, are signed for %s", (stsEndpoint, region) => {
  const storage = { region: "ap-southeast-2", partition: "aws", stsEndpoint };
  expect(stsPlace(storage, "eu-central-1")).toEqual({ region, endpoint: stsEndpoint });
});

test("signatures are for that region, and storages of several regions share a connection", async () => {
  const { own } = await createAws();
  const regions: unknown[] = [];
  const ports = new Set<number | undefined>();
  const sts = await fakeService((_, { headers, socket }) => {
    regions.push(headers.authorization?.match(/Credential=\w+\/\d+\/([\w-]+)\/sts\//)?.[1]);
    ports.add(socket.remotePort);
    return { status: 200, body: sessionToken(credentials()) };
  });
  // The SDK goes here instead of to AWS's own STS.
  vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.url);
  const issue = createIssue(own);
  for (const region of ["eu-west-1", "ap-southeast-2"])
    await issue(sampleRequest(sampleStorage("session-token", { region })));
  expect(regions).toEqual([own.region, own.region]);
  expect(ports.size).toBe(1);
});
