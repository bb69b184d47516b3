/** What an attacker does to a request on its way, or with a signature that it can make itself. */
import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { SignedRequest } from "../../shared/identity/signed-request.ts";
import { now, polaris, refusalOf, secretOf, signed } from "./signed-by-client-key.ts";

const notItsSignature = /^SignatureDoesNotMatch: The request signature we calculated does not match/;
const notItsForm = /^IncompleteSignature: Authorization must have the form AWS4-HMAC-SHA256 Credential=/;

type Change = (request: SignedRequest) => Partial<SignedRequest>;

const withHeader =
  (name: string, value: string | undefined): Change =>
  ({ headers }) => ({ headers: { ...headers, [name]: value } });

/** Changes the text of Authorization. A change that changes nothing would prove nothing. */
const withAuthorization =
  (from: string | RegExp, to: string): Change =>
  ({ headers }) => {
    const authorization = headers["authorization"] ?? "";
    const changed = authorization.replace(from, to);
    if (changed === authorization) throw new Error(`${from} is not in ${authorization}.`);
    return { headers: { ...headers, authorization: changed } };
  };

async function changed(change: Change, signing: Parameters<typeof signed>[0] = {}): Promise<SignedRequest> {
  const request = await signed(signing);
  return { ...request, ...change(request) };
}

const signedNames = "content-length;content-type;host;x-amz-date";

test("what is attacked here would be taken if nobody touched it", async () => {
  const { headers, ...rest } = await signed();
  expect(headers["authorization"]).toContain(`SignedHeaders=${signedNames}, Signature=`);
  expect(await refusalOf({ ...rest, headers })).toBe("not refused: polaris");
});

/** Signs whatever it is told to, right or wrong, with the secret of the client key. */
async function signedAsTold({
  names = "host;x-amz-date",
  lines = ["host:keyvend.example.com", "x-amz-date:20261122T150000Z"],
  headers = {},
  algorithm = "AWS4-HMAC-SHA256",
  scope = "20261122/us-east-1/sts/aws4_request",
  time = "20261122T150000Z",
  bodyHash = createHash("sha256").update("").digest("hex"),
}: {
  names?: string;
  lines?: string[];
  headers?: Record<string, string>;
  algorithm?: string;
  scope?: string;
  time?: string;
  bodyHash?: string;
} = {}): Promise<SignedRequest> {
  const canonical = ["POST", "/", "", ...lines, "", names, bodyHash].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const key = scope.split("/").reduce(hmac, Buffer.from(`AWS4${await secretOf(polaris)}`));
  const signature = hmac(key, [algorithm, time, scope, hash].join("\n")).toString("hex");
  const authorization = `${algorithm} Credential=${polaris}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return {
    ...{ method: "POST", path: "/", query: "", body: new Uint8Array() },
    headers: { host: "keyvend.example.com", "x-amz-date": time, ...headers, authorization },
  };
}

test("a signer that is told nothing wrong signs what is taken", async () => {
  expect(await refusalOf(await signedAsTold())).toBe("not refused: polaris");
});

describe("of a request that was altered on its way, this is seen", () => {
  test.each<[string, Change]>([
    ["one byte more of the body", ({ body }) => ({ body: Buffer.concat([body, Buffer.from("&")]) })],
    ["a member of the body", ({ body }) => ({ body: Buffer.from(`${body}&DurationSeconds=43200`) })],
    ["no body", () => ({ body: new Uint8Array() })],
    ["a member of the query", () => ({ query: "DurationSeconds=43200" })],
    ["a query of nothing but a name", () => ({ query: "a" })],
    ["a member that many objects cannot hold", () => ({ query: "__proto__=1" })],
    ["another path", () => ({ path: "/v1/sts" })],
    ["a slash more", () => ({ path: "//" })],
    ["no path", () => ({ path: "" })],
    ["a path with a dot", () => ({ path: "/." })],
    ["another method", () => ({ method: "GET" })],
    ["the method in lower case", () => ({ method: "post" })],
    ["another host", withHeader("host", "other.example.com")],
    ["the host with a port", withHeader("host", "keyvend.example.com:443")],
    ["the host in upper case", withHeader("host", "KEYVEND.EXAMPLE.COM")],
    ["two hosts", withHeader("host", "keyvend.example.com, other.example.com")],
    ["another type of the content", withHeader("content-type", "text/plain")],
    ["another length", withHeader("content-length", "0")],
    ["another second", withHeader("x-amz-date", "20261122T150001Z")],
    ["another region", withAuthorization("us-east-1", "us-east-2")],
    ["a signature of zeros", withAuthorization(/Signature=.*/, `Signature=${"0".repeat(64)}`)],
    ["one digit of the signature", oneDigitMore],
  ])("%s", async (_, change) => {
    expect(await refusalOf(await changed(change))).toMatch(notItsSignature);
  });

  test.each<[string, string, Change]>([
    ["a member", "a=1&b=2", () => ({ query: "a=1&b=3" })],
    ["a member that is gone", "a=1&b=2", () => ({ query: "a=1" })],
    ["a member that is there twice", "a=1", () => ({ query: "a=1&a=1" })],
    ["a plus that was a sign", "a=b%2Bc", () => ({ query: "a=b+c" })],
    ["what is the value's and what the name's", "a=b%3Dc", () => ({ query: "a%3Db=c" })],
    ["what is one member's and what the next one's", "a=1%26b%3D2", () => ({ query: "a=1&b=2" })],
  ])("of the query: %s", async (_, query, change) => {
    expect(await refusalOf(await changed(() => ({}), { query }))).toBe("not refused: polaris");
    expect(await refusalOf(await changed(change, { query }))).toMatch(notItsSignature);
  });
});

function oneDigitMore({ headers }: SignedRequest): Partial<SignedRequest> {
  const authorization = (headers["authorization"] ?? "").replace(/.$/, (digit) =>
    ((Number.parseInt(digit, 16) + 1) % 16).toString(16),
  );
  return { headers: { ...headers, authorization } };
}

describe("signed headers", () => {
  const naming = (names: string) => withAuthorization(signedNames, names);
  const notSorted = /^IncompleteSignature: SignedHeaders must be names in lower case, sorted, each once\.$/;

  test.each([
    ["reordered", "content-type;content-length;host;x-amz-date"],
    ["doubled", "content-length;content-type;host;host;x-amz-date"],
    ["in upper case", "content-length;content-type;Host;x-amz-date"],
    ["with an empty name", "content-length;content-type;;host;x-amz-date"],
    ["with an end", `${signedNames};`],
    ["with a beginning", `;${signedNames}`],
    ["with a line", "content-length;content-type;host:a;x-amz-date"],
    ["none", "-;"],
  ])("are refused %s", async (_, names) => {
    expect(await refusalOf(await changed(naming(names)))).toMatch(notSorted);
  });

  test.each([
    ["without the host", "content-length;content-type;x-amz-date"],
    ["without the date", "content-length;content-type;host"],
    ["of one name", "a"],
  ])("are refused %s", async (_, names) => {
    expect(await refusalOf(await changed(naming(names)))).toBe(
      "IncompleteSignature: The headers host and X-Amz-… must be signed.",
    );
  });

  test("are refused if a header that AWS gives a meaning to came beside them", async () => {
    expect(await refusalOf(await changed(withHeader("x-amz-security-token", "token")))).toMatch(
      /^IncompleteSignature: The headers host and X-Amz-… must be signed\.$/,
    );
  });

  test.each(["expect", "__proto__", "constructor", "zz"])(
    "are refused if one has not arrived: %s",
    async (name) => {
      const names = ["host", "x-amz-date", name].sort().join(";");
      const line = { host: "keyvend.example.com", "x-amz-date": "20261122T150000Z" };
      const lines = names
        .split(";")
        .map((one) => `${one}:${Object.hasOwn(line, one) ? Object(line)[one] : ""}`);
      expect(await refusalOf(await signedAsTold({ names, lines }))).toBe(
        "SignatureDoesNotMatch: SignedHeaders names a header that has not arrived.",
      );
    },
  );

  test("are refused if two spellings of one name have two values", async () => {
    expect(await refusalOf(await changed(withHeader("Host", "other.example.com")))).toBe(
      "IncompleteSignature: A header is given twice.",
    );
  });

  test("without the host are refused, though the signature over the rest is right", async () => {
    const lines = ["x-amz-date:20261122T150000Z"];
    expect(await refusalOf(await signedAsTold({ names: "x-amz-date", lines }))).toMatch(
      /^IncompleteSignature/,
    );
  });

  test("in upper case are refused, though the signature over them is right", async () => {
    expect(await refusalOf(await signedAsTold({ names: "Host;x-amz-date" }))).toMatch(notSorted);
  });

  test("in another order are refused, though the signature over them is right", async () => {
    const lines = ["x-amz-date:20261122T150000Z", "host:keyvend.example.com"];
    expect(await refusalOf(await signedAsTold({ names: "x-amz-date;host", lines }))).toMatch(notSorted);
  });
});

describe("the header Authorization is refused", () => {
  test.each<[string, string | RegExp, string]>([
    ["another algorithm", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"],
    ["the algorithm of many regions", "AWS4-HMAC-SHA256", "AWS4A-HMAC-SHA256"],
    ["the algorithm in lower case", "AWS4-HMAC-SHA256", "aws4-hmac-sha256"],
    ["a weaker algorithm", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"],
    ["the one before it", /^.*$/, `AWS ${polaris}:c2lnbmF0dXJl`],
    ["two algorithms", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 AWS4-HMAC-SHA256"],
    ["a bearer token", /^.*$/, "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln"],
    ["no parameter", /^.*$/, "AWS4-HMAC-SHA256"],
    ["no credential", /Credential=[^,]+, /, ""],
    ["two credentials", "Credential=", `Credential=${polaris}, Credential=`],
    ["no signature", /, Signature=.*/, ""],
    ["two signatures", /$/, `, Signature=${"0".repeat(64)}`],
    ["two lists of headers", ", Signature", `, SignedHeaders=${signedNames}, Signature`],
    ["an unknown parameter", ", Signature", ", Other=1, Signature"],
    ["an empty signature", /Signature=.*/, "Signature="],
    ["a short signature", /.$/, ""],
    ["a long signature", /$/, "0"],
    ["a signature that is no hexadecimal", /.$/, "g"],
    ["a line break after it", /$/, "\n"],
    ["two values in one", /$/, ", AWS4-HMAC-SHA256"],
    ["an id with path characters", polaris, "../KV1XPOLARIS"],
    ["an id with a star", polaris, "KV1X*"],
    ["an id of an underscore name", polaris, "__proto__"],
    ["an empty id", polaris, ""],
    ["a date that is too short", "20261122/", "2026112/"],
    ["another end", "aws4_request", "aws4_requests"],
    ["the end in upper case", "aws4_request", "AWS4_REQUEST"],
    ["no end", "/aws4_request", ""],
    ["a step more", "/aws4_request", "/aws4_request/aws4_request"],
    ["an empty region", "us-east-1", ""],
    ["a region with a dot", "us-east-1", "us.east.1"],
    ["a service in a path", "/sts/", "/sts/../sts/"],
  ])("with %s", async (_, from, to) => {
    expect(await refusalOf(await changed(withAuthorization(from, to)))).toMatch(notItsForm);
  });

  test("with the signature in upper case, though it is the same number", async () => {
    const { headers, ...rest } = await signed();
    const authorization = (headers["authorization"] ?? "").replace(/\w+$/, (hex) => hex.toUpperCase());
    expect(authorization).not.toBe(headers["authorization"]);
    expect(await refusalOf({ ...rest, headers: { ...headers, authorization } })).toMatch(notItsForm);
  });

  test("with an algorithm of its own, though the signature names it too", async () => {
    for (const algorithm of ["AWS4-HMAC-SHA512", "none", "aws4-hmac-sha256"])
      expect(await refusalOf(await signedAsTold({ algorithm }))).toMatch(notItsForm);
  });

  test("if there is none, or nothing in it", async () => {
    for (const value of [undefined, ""])
      expect(await refusalOf(await changed(withHeader("authorization", value)))).toBe(
        "MissingAuthenticationToken: The request must be signed with a client key.",
      );
  });
});

describe("a scope is refused, though the signature over it is right", () => {
  test.each(["s3", "execute-api", "STS", "sts-fips", "iam"])("of the service %s", async (service) => {
    expect(await refusalOf(await signedAsTold({ scope: `20261122/us-east-1/${service}/aws4_request` }))).toBe(
      "SignatureDoesNotMatch: Credential should be scoped to correct service: 'sts'.",
    );
  });

  test.each(["20261121", "20261123", "20251122", "00000000"])("of the day %s", async (day) => {
    expect(await refusalOf(await signedAsTold({ scope: `${day}/us-east-1/sts/aws4_request` }))).toBe(
      "SignatureDoesNotMatch: The date in Credential must be the date of X-Amz-Date.",
    );
  });
});

describe("a signature", () => {
  const at = (time: string, clock = now) => signed({ time }).then((request) => refusalOf(request, clock));

  test("is taken within five minutes of this clock", async () => {
    expect(await at("20261122T145500Z")).toBe("not refused: polaris");
    expect(await at("20261122T150500Z")).toBe("not refused: polaris");
  });

  test("is refused beyond them, both ways, in words by which clients correct their clocks", async () => {
    expect(await at("20261122T145459Z")).toBe(
      "RequestExpired: Signature expired: 20261122T145459Z is now earlier than 20261122T145500Z (20261122T150000Z - 5 min.)",
    );
    expect(await at("20261122T150501Z")).toBe(
      "RequestExpired: Signature not yet current: 20261122T150501Z is still later than 20261122T150500Z (20261122T150000Z + 5 min.)",
    );
    expect(await at("20261122T145500Z", now + 1)).toMatch(/^RequestExpired: Signature expired/);
    expect(await at("20251122T150000Z")).toMatch(/^RequestExpired: Signature expired/);
    expect(await at("20271122T150000Z")).toMatch(/^RequestExpired: Signature not yet current/);
  });

  test.each([
    ["none", undefined],
    ["empty", ""],
    ["of HTTP's form", "Sun, 22 Nov 2026 15:00:00 GMT"],
    ["with hyphens", "2026-11-22T15:00:00Z"],
    ["without its end", "20261122T150000"],
    ["with a line after it", "20261122T150000Z\n"],
    ["twice", "20261122T150000Z, 20261122T150000Z"],
    ["in the 13th month", "20261322T150000Z"],
    ["on a day that its month does not have", "20261131T150000Z"],
    ["at 24 o'clock", "20261122T240000Z"],
    ["in the 61st second", "20261122T145960Z"],
    ["in epoch seconds", "1795359600"],
    ["in other digits", "２０２６1122T150000Z"],
  ])("is refused with a date that is malformed: %s", async (_, date) => {
    expect(await refusalOf(await changed(withHeader("x-amz-date", date)))).toBe(
      "IncompleteSignature: The header X-Amz-Date must be a time such as 20270131T120000Z.",
    );
  });

  test("is refused with the date in the header Date alone", async () => {
    const { "x-amz-date": _, ...headers } = (await signed()).headers;
    const request = { ...(await signed()), headers: { ...headers, date: "Sun, 22 Nov 2026 15:00:00 GMT" } };
    expect(await refusalOf(request)).toMatch(/^IncompleteSignature: The header X-Amz-Date must be/);
  });
});

describe("a presigned request is refused", () => {
  const presigned =
    "IncompleteSignature: The signature must be in the header Authorization: presigned requests are not taken.";

  test.each([
    ["in full", `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${polaris}&X-Amz-Signature=00`],
    ["by its signature", "Action=GetCallerIdentity&X-Amz-Signature=00"],
    ["by its algorithm", "X-Amz-Algorithm=AWS4-HMAC-SHA256"],
    ["by a session token", "X-Amz-Security-Token=token"],
    ["in lower case", "x-amz-signature=00"],
    ["under an encoded name", "X%2DAmz%2DSignature=00"],
    ["under a name without a value", "X-Amz-Signature"],
  ])("with and without the header: %s", async (_, query) => {
    expect(await refusalOf(await signed({ query }))).toBe(presigned);
    const { authorization: __, ...headers } = (await signed()).headers;
    expect(await refusalOf({ ...(await signed()), headers, query })).toBe(presigned);
  });
});

describe("the hash of the body is refused, though the signature over it is right", () => {
  const emptyHash = createHash("sha256").update("").digest("hex");
  const names = "host;x-amz-content-sha256;x-amz-date";
  const told = (bodyHash: string) =>
    signedAsTold({
      names,
      lines: ["host:keyvend.example.com", `x-amz-content-sha256:${bodyHash}`, "x-amz-date:20261122T150000Z"],
      headers: { "x-amz-content-sha256": bodyHash },
      bodyHash,
    });

  test("but for the body's own", async () => {
    expect(await refusalOf(await told(emptyHash))).toBe("not refused: polaris");
  });

  test.each([
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "",
    emptyHash.toUpperCase(),
    createHash("sha256").update("another body").digest("hex"),
  ])("%s", async (bodyHash) => {
    expect(await refusalOf(await told(bodyHash))).toBe(
      "SignatureDoesNotMatch: The header X-Amz-Content-Sha256 must be the hash of the body.",
    );
  });

  test("without the header, for it is always the body's own", async () => {
    expect(await refusalOf(await signedAsTold({ bodyHash: "UNSIGNED-PAYLOAD" }))).toMatch(notItsSignature);
  });
});

describe("what is long is refused, and no part of it is told", () => {
  const megabyte = "a".repeat(1_000_000);

  test.each<[string, Change]>([
    ["Authorization", withHeader("authorization", `AWS4-HMAC-SHA256 Credential=${megabyte}`)],
    ["a list of signed headers", withAuthorization(signedNames, `${"a;".repeat(500_000)}host`)],
    ["spaces in Authorization", withAuthorization(", Signature", `,${" ".repeat(1_000_000)} Signature`)],
    ["the date", withHeader("x-amz-date", megabyte)],
    ["a session token", withHeader("x-amz-security-token", megabyte)],
    ["a hash", withHeader("x-amz-content-sha256", megabyte)],
    ["a host", withHeader("host", megabyte)],
    ["a host of spaces", withHeader("host", `${" ".repeat(1_000_000)}a`)],
  ])("%s", async (_, change) => {
    const refusal = await refusalOf(await changed(change));
    expect(refusal).toMatch(/^(IncompleteSignature|SignatureDoesNotMatch): /);
    expect(refusal.length).toBeLessThan(200);
  });

  test("what is signed as well", async () => {
    const value = "a".repeat(70_000);
    const names = "a;host;x-amz-date";
    const lines = [`a:${value}`, "host:keyvend.example.com", "x-amz-date:20261122T150000Z"];
    expect(await refusalOf(await signedAsTold({ names, lines, headers: { a: value } }))).toBe(
      "IncompleteSignature: The signed headers are too long.",
    );
  });
});
