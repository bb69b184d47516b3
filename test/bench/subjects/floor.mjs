// What no handler can do without: Node's TLS, a read of the sealing key and of the table, and one more for the answer. It signs
// nothing, verifies nothing and decides nothing, so no handler can start in less.
const https = process.getBuiltinModule("node:https");
const http = process.getBuiltinModule("node:http");

const { AWS_ENDPOINT_URL_DYNAMODB: endpoint, VENDING_TABLE, SEALING_SECRET } = process.env;
const transport = endpoint.startsWith("https:") ? https : http;
const agent = new transport.Agent({ keepAlive: true });

function post(target, input) {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": target };
  return new Promise((resolve, reject) => {
    const request = transport.request(endpoint, { method: "POST", headers, agent }, (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    request.on("error", reject);
    request.end(JSON.stringify(input));
  });
}

const read = (key) =>
  post("DynamoDB_20120810.GetItem", {
    TableName: VENDING_TABLE,
    Key: { key: { S: key } },
    ConsistentRead: true,
  });

await Promise.all([post("secretsmanager.GetSecretValue", { SecretId: SEALING_SECRET }), read("prime")]);

export async function handler() {
  await read("0".repeat(64));
  return { statusCode: 200, body: "{}" };
}
