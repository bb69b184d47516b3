import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signedHeaders } from "../../shared/client/src/identity-sources/sigv4.ts";
import { createClientKeyVerifier } from "../../shared/identity/client-keys.ts";
import {
  clientKeys,
  masterKeys,
  now,
  polaris,
  refusalOf,
  secretOf,
  signed,
  verifier,
} from "./signed-by-client-key.ts";

const numRuns = Number(process.env["KEYVEND_PROPERTY_RUNS"] ?? 2_000);

const text = fc.string({ unit: "grapheme", maxLength: 40 });
/** Without the characters that a server's parser refuses in a header. */
const headerValue = fc.string({ unit: fc.constantFrom(..."aB9 ,;=\t\"'()/*~%+".split("")), maxLength: 40 });
const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).filter((name) => !aws4LeavesOut.test(name));
const aws4LeavesOut =
  /^(authorization|connection|x-amzn-trace-id|user-agent|expect|presigned-expires|range|host|content-length|content-type|x-amz-.*)$/;
/** A member `__proto__` gets lost in aws4's own object. */
const member = fc.tuple(text, text).filter(([name]) => !/^(x-amz-.*|__proto__)$/i.test(name));

/** As clients write a query: `+` or `%20` for a space. */
const query = fc.tuple(fc.array(member, { maxLength: 5 }), fc.boolean()).map(([members, plus]) => {
  const written = new URLSearchParams(members.filter(([name]) => name !== "")).toString();
  return plus ? written : written.replaceAll("+", "%20");
});

const path = fc
  .array(fc.stringMatching(/^[\w~%@:!'()*-]{1,12}$/), { maxLength: 4 })
  .chain((segments) => fc.constantFrom(`/${segments.join("/")}`, ["", ...segments, ""].join("/")))
  .filter((joined) => !/%(?![0-9a-fA-F]{2})/.test(joined) && !joined.startsWith("//"));

const request = fc.record({
  method: fc.constantFrom("POST", "GET", "PUT"),
  path,
  query,
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 5 }),
  body: text,
  region: fc.constantFrom("us-east-1", "eu-central-1", "aws-global"),
});

test("what aws4 signs is taken, and one byte more in any part is refused", async () => {
  const part = fc.constantFrom("method", "path", "query", "body", "host", "time");
  await fc.assert(
    fc.asyncProperty(request, part, async (signing, changed) => {
      const whole = await signed(signing);
      expect(await refusalOf(whole)).toBe("not refused: polaris");

      const { headers } = whole;
      const change = {
        method: { method: `${whole.method}S` },
        path: { path: `${whole.path}a` },
        query: { query: `${whole.query}&a=` },
        body: { body: Buffer.concat([whole.body, Buffer.from(" ")]) },
        host: { headers: { ...headers, host: `${headers["host"]}.` } },
        time: { headers: { ...headers, "x-amz-date": "20261122T150001Z" } },
      }[changed];
      expect(await refusalOf({ ...whole, ...change })).toMatch(/^SignatureDoesNotMatch: The request sig/);
    }),
    { numRuns },
  );
});

test.each(["b=2&b=1&a=3", "a=b&a-b=c&a=a", "x=%C3%A9&x=z&X=1", "a", "a=1&&b=2&"])(
  "members of the query are ordered as aws4 orders them: %s",
  async (written) => {
    expect(await refusalOf(await signed({ query: written }))).toBe("not refused: polaris");
  },
);

test("an empty session token is none", async () => {
  const request = await signed({ headers: { "X-Amz-Security-Token": "" } });
  expect(request.headers["authorization"]).toContain(";x-amz-security-token");
  expect(await refusalOf(request)).toBe("not refused: polaris");
});

test("each header that aws4 signed is held", async () => {
  await fc.assert(
    fc.asyncProperty(request, fc.nat(), async (signing, index) => {
      const { headers, ...rest } = await signed(signing);
      const [, names = ""] = /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "") ?? [];
      const name = names.split(";").at(index % names.split(";").length) ?? "";
      const { [name]: value, ...without } = headers;
      expect(await refusalOf({ ...rest, headers: { ...headers, [name]: `${value}x` } })).toMatch(
        /^(Sig|Inc)/,
      );
      expect(await refusalOf({ ...rest, headers: without })).toMatch(/^(Sig|Inc)/);
    }),
    { numRuns: Math.min(numRuns, 500) },
  );
});

describe("as a server receives it from AWS's own client", () => {
  const lasting = createClientKeyVerifier({
    clientKeys: clientKeys.map((entry) => ({ ...entry, expiresAt: Number.POSITIVE_INFINITY })),
    masterKeys,
  });
  const verdicts: string[] = [];
  const urls: (string | undefined)[] = [];
  const server = createServer(async (message, response) => {
    const { method = "", url = "", headers } = message;
    const [path = "", query = ""] = url.split(/\?(.*)/s);
    urls.push(url);
    const plain = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const body = await buffer(message);
    const sent = { method, path, query, headers: Object.fromEntries(plain), body };
    verdicts.push(await refusalOf(sent, Date.now(), lasting));
    response.writeHead(400).end();
  });
  let client: STSClient;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    client = new STSClient({
      endpoint: `http://127.0.0.1:${port}/v1/sts/`,
      region: "eu-central-1",
      maxAttempts: 1,
      credentials: { accessKeyId: polaris, secretAccessKey: await secretOf(polaris) },
    });
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  test("each call is taken", async () => {
    const commands = [
      new AssumeRoleCommand({
        RoleArn: "arn:aws:iam::000000000000:role/keyvend/lake",
        RoleSessionName: "a+b=c, d",
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [], Note: "é ~*'()!" }),
      }),
      new GetSessionTokenCommand({}),
      new GetCallerIdentityCommand({}),
    ];
    for (const command of commands) await client.send(command as AssumeRoleCommand).catch(() => {});
    expect(verdicts).toEqual(commands.map(() => "not refused: polaris"));
    expect(urls).toEqual(commands.map(() => "/v1/sts/"));
  });
});

test("keyvend's own client signs what its door takes", async () => {
  const url = new URL("https://keyvend.example.com/?Action=GetCallerIdentity&Version=2011-06-15");
  const credentials = { accessKeyId: polaris, secretAccessKey: await secretOf(polaris) };
  const parts = { method: "POST", url, service: "sts", region: "us-east-1", credentials } as const;
  const headers = { ...(await signedHeaders(parts, new Date(now))), host: url.host };
  const sent = { method: "POST", path: "/", query: url.search.slice(1), headers, body: new Uint8Array() };
  expect(await verifier.verify(sent, now)).toMatchObject({ subject: "polaris" });
});

test("a front may add headers of its own, in names that clients do not sign", async () => {
  const { headers, ...rest } = await signed();
  const added = { "x-amz-cf-id": "a", "x-amzn-trace-id": "Root=1", "x-forwarded-for": "192.0.2.1" };
  expect(await refusalOf({ ...rest, headers: { ...headers, ...added } })).toBe("not refused: polaris");
});

test("header names may be written in any case", async () => {
  const { headers, ...rest } = await signed();
  const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]);
  expect(await refusalOf({ ...rest, headers: Object.fromEntries(upper) })).toBe("not refused: polaris");
});
