// What no handler can do without that vends sessions from a table: connections by TLS, a signed read of the sealing key, of the
// issuer's key and of the session, the token's signature once, the session's seal, a line in the log. It checks nothing and
// decides nothing, so no handler can take less. It does not use `work.mjs`, whose imports load more of Node than it needs.
const https = process.getBuiltinModule("node:https");
const http = process.getBuiltinModule("node:http");
const crypto = process.getBuiltinModule("node:crypto");
const { readFileSync } = process.getBuiltinModule("node:fs");

const { env } = process;
const endpoint = new URL(env.AWS_ENDPOINT_URL_DYNAMODB);
const transport = endpoint.protocol === "https:" ? https : http;
const agent = new transport.Agent({ keepAlive: true });
const signingKeys = {};
const hmac = (key, text) => crypto.createHmac("sha256", key).update(text).digest();

function signed(service, target, body) {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = [time.slice(0, 8), env.AWS_REGION, service, "aws4_request"];
  signingKeys[service] ??= scope.reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    host: endpoint.host,
    "x-amz-date": time,
    "x-amz-security-token": env.AWS_SESSION_TOKEN,
    "x-amz-target": target,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const canonical = ["POST", "/", "", ...lines, "", names, crypto.hash("sha256", body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), crypto.hash("sha256", canonical)].join("\n");
  const signature = hmac(signingKeys[service], text).toString("hex");
  const credential = `${env.AWS_ACCESS_KEY_ID}/${scope.join("/")}`;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

function post(service, target, input) {
  const body = JSON.stringify(input);
  const headers = signed(service, target, body);
  return new Promise((resolve, reject) => {
    const request = transport.request(endpoint, { method: "POST", headers, agent }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString())));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const table = (action, input) =>
  post("dynamodb", `DynamoDB_20120810.${action}`, { TableName: env.VENDING_TABLE, ...input });

/** The text of a row. The first start of all finds none, and writes it. */
async function kept(key, make) {
  const { Item } = await table("GetItem", { Key: { key: { S: key } }, ConsistentRead: true });
  if (Item) return Item.sealed.S;
  const sealed = await make();
  await table("PutItem", { Item: { key: { S: key }, sealed: { S: sealed } } });
  return sealed;
}

async function issuersKey() {
  const { jwksUri } = JSON.parse(readFileSync(env.SETTINGS, "utf8"));
  const { keys } = await (await fetch(jwksUri)).json();
  return JSON.stringify(keys[0]);
}

const [{ SecretString }, jwk] = await Promise.all([
  post("secretsmanager", "secretsmanager.GetSecretValue", { SecretId: env.SEALING_SECRET }),
  kept("floor jwk", issuersKey),
]);
const sealingKey = crypto.createSecretKey(crypto.hash("sha256", SecretString, "buffer"));
const issuerKey = crypto.createPublicKey({ key: JSON.parse(jwk), format: "jwk" });
const known = new Set();

function checkSignature(token) {
  const digest = crypto.hash("sha256", token);
  if (known.has(digest)) return;
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  const signedPart = Buffer.from(token.slice(0, end));
  if (!crypto.verify("sha256", signedPart, issuerKey, signature)) throw new Error("Another key signed it.");
  known.add(digest);
}

/** A session as long as the others' are, sealed. */
function session() {
  const text = JSON.stringify({
    AccessKeyId: "ASIA0123456789ABCDEF",
    SecretAccessKey: "s".repeat(48),
    Token: "t".repeat(576),
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const iv = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv("aes-256-gcm", sealingKey, iv);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

function opened(sealed) {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = crypto.createDecipheriv("aes-256-gcm", sealingKey, bytes.subarray(0, 12), {
    authTagLength: 16,
  });
  const text = decipher.setAuthTag(bytes.subarray(12, 28)).update(bytes.subarray(28));
  decipher.final();
  return JSON.parse(text.toString());
}

/** One signed read, of a row that is not there. */
export async function exchange() {
  await table("GetItem", { Key: { key: { S: "none" } }, ConsistentRead: true });
  return { statusCode: 200, body: "{}" };
}

export async function handler({ headers: { authorization }, rawQueryString }) {
  checkSignature(authorization.slice("Bearer ".length));
  const answer = opened(await kept(`floor ${rawQueryString}`, session));
  const line = { time: new Date().toISOString(), decision: "vended", accessKeyId: answer.AccessKeyId };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return { statusCode: 200, body: JSON.stringify(answer) };
}
