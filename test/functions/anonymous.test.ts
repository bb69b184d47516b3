/** What callers that nobody knows can cost an operator. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaContext } from "./context.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";
import { httpEvent } from "./http-event.ts";

/** API Gateway takes so many bytes of request line and headers together. */
const mostHeaderBytes = 10_240;
/** The longest line that a stranger may write into the audit trail, in bytes. */
const mostLineBytes = 2_500;

let deployment: TestDeployment;

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.close());

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const forged = (header: unknown, payload: unknown) => `${part(header)}.${part(payload)}.${part("any")}`;

/** Texts that become longest in the log: each character of them is escaped there, once or twice. */
const longest = ["\u202e", "\u0001", '\\"', "\u{e0001}", "\uffff", "\u3042"].map((unit) =>
  unit.repeat(2_000),
);
const header = { alg: "RS256", typ: "JWT" };
const claims = () => ({ iss: deployment.issuer.url, sub: "a", aud: "keyvend", exp: 9_999_999_999 });

test.each<[string, (text: string) => string]>([
  ["no token", (text) => part(text)],
  ["an API token", (text) => `kvt_${part(text)}`],
  ["an unknown issuer", (text) => forged(header, { ...claims(), iss: text })],
  ["an issuer that is no text", (text) => forged(header, { ...claims(), iss: [text] })],
  ["an algorithm", (text) => forged({ ...header, alg: text }, claims())],
  ["a type", (text) => forged({ ...header, typ: text }, claims())],
  ["a key", (text) => forged({ ...header, kid: text }, claims())],
  ["a key that is just short enough", (text) => forged({ ...header, kid: text.slice(0, 1_024) }, claims())],
  ["a time", (text) => forged(header, { ...claims(), exp: text })],
  ["an audience", (text) => forged(header, { ...claims(), aud: text })],
  ["a member of a strange name", (text) => forged({ ...header, [text]: 1 }, { ...claims(), [text]: 1 })],
  ["lists within lists", () => forged(header, "[".repeat(3_500) + "]".repeat(3_500))],
])("a token that is wrong in %s: one short line in the log", async (_, tokenOf) => {
  const vend = await deployment.coldStart("vend");
  for (const text of longest) {
    // As long as a header can be.
    let authorization = tokenOf(text);
    for (let shorter = text; authorization.length > mostHeaderBytes; authorization = tokenOf(shorter))
      shorter = shorter.slice(0, shorter.length - 100);
    deployment.log.length = 0;
    const { statusCode } = await vend(
      httpEvent({ authorization, storage: "lake" }),
      lambdaContext("11111111-2222-3333-4444-555555555555"),
    );
    expect([401, 503]).toContain(statusCode);
    expect(deployment.log).toHaveLength(1);
    expect(Buffer.byteLength(deployment.log.join())).toBeLessThanOrEqual(mostLineBytes);
  }
});
