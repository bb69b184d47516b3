import { crc32 } from "node:zlib";
import aws4 from "aws4";
import { expect, onTestFinished, test } from "vitest";
import { createAccounts } from "../../../../infra/local/aws/accounts.ts";
import { createS3Server } from "../../../../infra/local/aws/s3.ts";
import { createSessionTokens } from "../../../../infra/local/aws/session-tokens.ts";
import { send } from "./raw-request.ts";
import { allow, createWorld, lakeKey, region } from "./world.ts";

/** The examples of AWS's own documentation: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
const documented = {
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": {
    headers: { "content-length": "66824" },
    signedHeaders:
      "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    seed: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    chunks: [
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ],
    trailer: "",
  },
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": {
    headers: { "x-amz-trailer": "x-amz-checksum-crc32c" },
    signedHeaders:
      "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
    seed: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    chunks: [
      "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
      "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
      "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ],
    trailer:
      "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
  },
};

test.each(Object.entries(documented))("%s is verified chunk by chunk", async (kind, example) => {
  const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
  const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  const policies = [allow("s3:*", "*")];
  const server = await createS3Server({
    accounts: createAccounts({
      users: [{ name: "docs", accessKeys: [{ accessKeyId, secretAccessKey }], policies }],
    }),
    sessionTokens: createSessionTokens(),
    now: () => Date.parse("2013-05-24T00:00:00Z"),
    buckets: ["examplebucket"],
  });
  onTestFinished(() => server.close());
  const put = (letter: string, trailer = example.trailer) => {
    const parts = [letter.repeat(65_536), "a".repeat(1_024), ""].map(
      (data, at) =>
        `${data.length.toString(16)};chunk-signature=${example.chunks[at]}\r\n${data}${data === "" ? "" : "\r\n"}`,
    );
    return send(server.url, {
      method: "PUT",
      path: "/examplebucket/chunkObject.txt",
      headers: {
        host: "s3.amazonaws.com",
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-date": "20130524T000000Z",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        ...example.headers,
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${example.signedHeaders},Signature=${example.seed}`,
      },
      body: `${parts.join("")}${trailer}\r\n`,
    });
  };
  expect(await put("a")).toMatchObject({ status: 200 });
  const refused = { status: 403, code: "SignatureDoesNotMatch" };
  expect(await put("b")).toMatchObject(refused);
  if (example.trailer !== "") {
    expect(await put("a", example.trailer.replace("sOO8", "AAAA"))).toMatchObject(refused);
    expect(await put("a", "x-amz-checksum-crc32c:sOO8/Q==\r\n")).toMatchObject(refused);
  }
});

/** An unsigned chunked body behind a signed request, as the SDKs send streams. */
async function sendChunks(body: string, decodedLength: number, trailer = "x-amz-checksum-crc32") {
  const { s3Server } = await createWorld();
  const headers = {
    host: new URL(s3Server.url).host,
    "content-encoding": "aws-chunked",
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-decoded-content-length": decodedLength,
    "x-amz-trailer": trailer,
  };
  const request = { service: "s3", region, method: "PUT", path: "/lake/k", headers, body };
  return send(s3Server.url, aws4.sign(request, lakeKey) as typeof request);
}

function sumOf(text: string): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(text));
  return sum.toString("base64");
}

const trailer = `x-amz-checksum-crc32:${sumOf("hello")}\r\n`;

test("the checksum after a body is verified", async () => {
  const right = `5\r\nhello\r\n0\r\n${trailer}\r\n`;
  expect(await sendChunks(right, 5)).toMatchObject({ status: 200 });
  expect(await sendChunks(right.replace("hello", "jello"), 5)).toMatchObject({
    status: 400,
    code: "BadDigest",
  });
});

test.each([
  ["shorter than announced", `5\r\nhello\r\n0\r\n${trailer}\r\n`, 6],
  ["cut off", "5\r\nhel", 5],
  ["without an end", "5\r\nhello\r\n", 5],
  ["with more after its end", `5\r\nhello\r\n0\r\n${trailer}\r\nmore`, 5],
  ["with a chunk that runs into the next", `4\r\nhello\r\n0\r\n${trailer}\r\n`, 5],
  ["with a size that is none", `-5\r\nhello\r\n0\r\n${trailer}\r\n`, 5],
  ["with a trailer that was not announced", `5\r\nhello\r\n0\r\n${trailer}x-other:1\r\n\r\n`, 5],
])("a chunked body %s is refused", async (_, body, length) => {
  expect(await sendChunks(body, length)).toMatchObject({ status: 400, code: "IncompleteBody" });
});
