import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createIssue } from "../../shared/aws/issue.ts";
import { accountOf } from "../../shared/aws/sts-refusal.ts";
import { selfSigned } from "../net/self-signed.ts";
import { sampleRequest, sampleStorage } from "../vending/samples.ts";
import { deadAddress, fakeService } from "./fake-service.ts";
import { createAws } from "./simulated-aws.ts";
import { stsError } from "./sts-answers.ts";

// What the operator's log tells of a refusal: STS's own words, and the network's code.

async function causeOf(stsEndpoint: string): Promise<string> {
  const { own } = await createAws();
  const refusing = createIssue(own)(sampleRequest(sampleStorage("session-token", { stsEndpoint })));
  return (await refusing.then(() => ({ cause: "issued" })).catch((error) => error)).cause;
}

/** The operator's record when STS refuses with this message. */
async function recordOf(message: string) {
  const { url } = await fakeService(() => ({ status: 400, body: stsError("ValidationError", message) }));
  return causeOf(url);
}

const record = (words: string) => `STS: ValidationError 400; it says: ${words}`;

test.each([
  ["one line", "1 error detected: too long", "1 error detected: too long"],
  ["several lines", "\n  Not so.\nThe Canonical String should have been\nPOST", "Not so."],
  ["escaped line breaks", "Not so.&#xA;POST&#10;/", "Not so."],
  ["escapes of XML", "&quot;a&quot; &lt; &#34;b&#x22; &amp; &apos;c&apos;", `"a" < "b" & 'c'`],
  ["control characters", "a&#x1b;[31mb&#127;c\u009bd\u202ee\u200bf", "a[31mbcdef"],
  ["300 characters", "two words ".repeat(30), "two words ".repeat(30).trim()],
  ["more", "two words ".repeat(9_999), "two words ".repeat(30)],
])("a message of %s is told in one bounded line", async (_, message, words) => {
  expect(await recordOf(message)).toBe(record(words));
});

test.each([
  ["79 characters of a name", "a".repeat(79), "a".repeat(79)],
  ["80 characters of a token", `${"aB3-_.xyz/+".repeat(7)}123`, "…"],
  ["a token beyond the bound", "x".repeat(5_000), "…"],
  ["a token that control characters cut up", "abcdefgh&#0;abcdefgh&#x200b;".repeat(9), "…"],
])("a message repeats %s in its place", async (_, run, told) => {
  expect(await recordOf(`The value ${run} is wrong`)).toBe(record(`The value ${told} is wrong`));
});

test("a token that STS repeats is not in the record", async () => {
  const webIdentityToken = `eyJhbGciOiJSUzI1NiJ9.${"payload".repeat(20)}.${"c2lnbmF0dXJl".repeat(12)}`;
  const { url, received } = await fakeService((body) => ({
    status: 400,
    body: stsError("InvalidIdentityToken", `No: ${new URLSearchParams(body).get("WebIdentityToken")}`),
  }));
  const { own } = await createAws();
  const request = sampleRequest(sampleStorage("web-identity", { stsEndpoint: url }), { webIdentityToken });
  await expect(createIssue(own)(request)).rejects.toMatchObject({
    cause: "STS: InvalidIdentityToken 400; it says: No: …",
  });
  expect(received[0]).toContain("payloadpayload");
});

test.each([
  ["no message", 400, stsError("ValidationError", ""), "STS: ValidationError 400"],
  [
    "a code that is none",
    403,
    "<Error><Code>a b\nc</Code><Message>x</Message></Error>",
    "STS: 403; it says: x",
  ],
  ["no body", 403, "", "STS: 403"],
  ["a web page", 403, "<html><p>Forbidden<br></html>", "STS: 403"],
  ["JSON that says nothing", 400, "null", "STS: 400"],
])("a refusal with %s is told by what there is", async (_, status, body, cause) => {
  const { url } = await fakeService(() => ({ status, body }));
  expect(await causeOf(url)).toBe(cause);
});

test("a connection that is refused is told by its code", async () => {
  expect(await causeOf(await deadAddress())).toBe("STS: ECONNREFUSED; STS does not answer");
});

test("a certificate of an authority that is not known is told by its code, and what to do", async () => {
  const server = createServer(selfSigned());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await causeOf(`https://127.0.0.1:${port}`)).toMatch(
    /^STS: DEPTH_ZERO_SELF_SIGNED_CERT; .*add what is missing to caBundle$/,
  );
});

test("the code of a connection is found in a cause and among the errors of several addresses", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const several = new AggregateError([new Error("first"), refused]);
  const wrapped = new Error("failed", { cause: several });
  for (const error of [refused, several, wrapped])
    expect(accountOf(error)).toBe("STS: ECONNREFUSED; STS does not answer");
  const endless = new Error("turns in a circle");
  endless.cause = endless;
  expect(accountOf(endless)).toBe("STS: Error; STS does not answer");
});
