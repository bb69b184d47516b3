import { expect, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { type FakeAnswer, fakeService, serve } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";

// Something else than an STS stands at the storage's stsEndpoint.

async function refusalBy(answer: FakeAnswer) {
  const { url, received } = await fakeService(() => answer);
  const { own } = await createAws();
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: url }));
  const { code, message, cause } = await createIssue(own)(request).catch((error) => error);
  return { code, message, cause, calls: received.length };
}

const html = { "content-type": "text/html" };
const page = "<!doctype html><html><head><meta charset=utf-8></head><body><p>Hello<p>there</body></html>";

test.each<[string, FakeAnswer]>([
  ["a page that is not found", { status: 404, body: page, headers: html }],
  ["well-formed XHTML that is not found", { status: 404, body: "<html><body/></html>", headers: html }],
  [
    "a line of text",
    { status: 404, body: "404 page not found\n", headers: { "content-type": "text/plain" } },
  ],
  ["API Gateway's 404", { status: 404, body: '{"message":"Not Found"}' }],
  ["an empty 404", { status: 404, body: "" }],
  ["a 405 of a web server", { status: 405, body: page, headers: html }],
  ["a redirect", { status: 301, body: "", headers: { location: "https://sts.example.com/" } }],
  ["a redirect with a page", { status: 307, body: page, headers: { ...html, location: "/login" } }],
  ["a web page", { status: 200, body: page, headers: html }],
  ["a web page that is XML", { status: 200, body: "<html><body>Hi</body></html>", headers: html }],
  ["a web page without an end", { status: 200, body: `${page}<p>`.repeat(9_999), headers: html }],
  ["nothing at all", { status: 200, body: "" }],
  ["no content", { status: 204, body: "" }],
  ["JSON", { status: 200, body: "{}" }],
  ["S3's list of buckets", { status: 200, body: '<?xml version="1.0"?>\n<ListAllMyBucketsResult/>' }],
])("%s is no STS: the storage's fault, and STS is asked once", async (_, answer) => {
  expect(await refusalBy(answer)).toEqual({
    code: "storage_misconfigured",
    message: "Storage lake cannot issue credentials.",
    cause: `STS: NoStsHere ${answer.status}; there is no STS at this address: look at stsEndpoint`,
    calls: 1,
  });
});

test("what a proxy says of an STS that is away is an outage, and no wrong address", async () => {
  expect(await refusalBy({ status: 502, body: page, headers: html })).toMatchObject({ code: "unavailable" });
});

test("an answer without an end is not read on", async () => {
  const url = await serve((_, response) => {
    const rest = Buffer.alloc(65_536, "x");
    const goOn = () => {
      while (response.write(rest));
      response.once("drain", goOn);
    };
    response.writeHead(200).write("<GetSessionTokenResponse>");
    goOn();
  });
  const { own } = await createAws();
  const request = sampleRequest(sampleStorage("session-token", { stsEndpoint: url }));
  await expect(createIssue(own)(request)).rejects.toMatchObject({ code: "unavailable" });
});
