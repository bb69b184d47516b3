/**
 * All that stands behind the handlers, in a process of its own: a table, Secrets Manager, STS and an issuer, each by http and
 * by https. They have the wire's shape and as little behind it as they can, so that a handler's own time is what differs. They
 * verify no signatures: `infra/local` does that.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { text } from "node:stream/consumers";
import { createSimulatedDynamodb } from "../dynamodb/simulated-dynamodb.ts";
import { answerCoordinator } from "../stampede/own-process.ts";

interface Setting {
  tableName: string;
  secrets: Readonly<Record<string, string>>;
  /** The certificate and its key, in PEM. */
  tls: { key: string; cert: string };
}

/** Where everything listens. */
export interface Addresses {
  plain: string;
  tls: string;
}

/** Calls since the last count, by their names. */
export type Calls = Record<string, number>;

let calls: Calls = {};
let secrets: Setting["secrets"] = {};
let tableName = "";
let table = createSimulatedDynamodb(tableName);
const issuerKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });

const answer: RequestListener = async (request, response) => {
  const body = await text(request);
  const target = request.headers["x-amz-target"];
  const name = typeof target === "string" ? target.slice(target.lastIndexOf(".") + 1) : undefined;
  if (request.method === "GET")
    return sendIssuer(request.url ?? "", `http://${request.headers.host}`, response);
  calls[name ?? "AssumeRole"] = (calls[name ?? "AssumeRole"] ?? 0) + 1;
  if (name === undefined) return send(response, "text/xml", session(new URLSearchParams(body)));
  const input = JSON.parse(body);
  const output =
    name === "GetSecretValue"
      ? {
          Name: input.SecretId,
          VersionId: "1",
          VersionStages: ["AWSCURRENT"],
          SecretString: secrets[input.SecretId],
        }
      : await table
          .call<object>(name, input)
          .catch((fault: Error & { type?: string }) => ({ __type: fault.type }));
  send(response, "application/x-amz-json-1.0", JSON.stringify(output), "__type" in output ? 400 : 200);
};

function send(response: ServerResponse, type: string, body: string, status = 200): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

/** The issuer's address is that of http for every caller. */
function sendIssuer(path: string, issuer: string, response: ServerResponse): void {
  const jwk = { ...issuerKey.publicKey.export({ format: "jwk" }), kid: "bench", use: "sig", alg: "RS256" };
  const document = path.endsWith("/openid-configuration")
    ? { issuer, jwks_uri: `${issuer}/jwks` }
    : { keys: [jwk] };
  send(response, "application/json", JSON.stringify(document));
}

function session(parameters: URLSearchParams): string {
  const seconds = Number(parameters.get("DurationSeconds") ?? 3_600);
  const random = randomBytes(24).toString("hex").toUpperCase();
  const action = parameters.get("Action") === "GetSessionToken" ? "GetSessionToken" : "AssumeRole";
  return (
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>` +
    `<AccessKeyId>ASIA${random.slice(0, 16)}</AccessKeyId><SecretAccessKey>${random}</SecretAccessKey>` +
    `<SessionToken>${random.repeat(12)}</SessionToken>` +
    `<Expiration>${new Date(Date.now() + seconds * 1_000).toISOString()}</Expiration>` +
    `</Credentials></${action}Result></${action}Response>`
  );
}

async function listen(server: Server): Promise<number> {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const operations = {
  async open(setting: Setting): Promise<Addresses> {
    ({ secrets, tableName } = setting);
    table = createSimulatedDynamodb(tableName);
    const keepAliveTimeout = 60_000;
    const [plain, tls] = await Promise.all([
      listen(createServer({ keepAliveTimeout }, answer)),
      listen(createTlsServer({ keepAliveTimeout, ...setting.tls }, answer)),
    ]);
    return { plain: `http://127.0.0.1:${plain}`, tls: `https://127.0.0.1:${tls}` };
  },

  /** A token of the issuer, as a CI system writes one: about a kilobyte, by RS256. */
  token: (issuer: string, claims: object): string => signed({ iss: issuer, ...claims }, issuerKey.privateKey),

  /** Puts rows of others into the table. */
  async fill(rows: number): Promise<void> {
    for (let n = 0; n < rows; n++)
      await table.call("PutItem", {
        TableName: tableName,
        Item: { key: { S: `${n} of others` }, sealed: { S: "s".repeat(500) } },
      });
  },

  /** Calls since the last count, by their names. */
  count(): Calls {
    const counted = calls;
    calls = {};
    return counted;
  },
};

function signed(claims: object, key: KeyObject): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const input = `${part({ alg: "RS256", kid: "bench", typ: "JWT" })}.${part({ iat: now, nbf: now, exp: now + 3_600, ...claims })}`;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

export type BackendOperations = typeof operations;
answerCoordinator(operations);
