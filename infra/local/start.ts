import { comeBack } from "./come-back.ts";
import { type Emulation, startEmulation } from "./emulation.ts";
import { basePort, localPorts } from "./ports.ts";

// `npm start`: the whole of keyvend on this machine, until Ctrl-C.

/** What serverless-offline says that is of use while developing: the functions' own log. */
const isWorthReading = (line: string) =>
  line.includes('"audit"') || line.includes('"warm"') || /error/i.test(line);

let stop = async () => {};
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    stop().then(() => process.exit(0));
  });
}

try {
  const base = basePort(process.argv, process.env);
  console.log("Starting keyvend on this machine …");
  const starting = startEmulation(localPorts(base), (line) => isWorthReading(line) && console.log(line));
  stop = () => starting.then((emulation) => emulation.close());
  const emulation = await starting;
  if (!stopping) {
    console.log(await vendOnce(emulation));
    console.log(directions(emulation, base));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** The main job, once: proves that everything stands. Says who, what and until when; nothing secret. */
async function vendOnce({ api, backends }: Emulation): Promise<string> {
  const token = await backends.issuer.token();
  const headers = { authorization: `Bearer ${token}` };
  const response = await comeBack(() => fetch(`${api.url}/v1/storages/lake/credentials`, { headers }));
  const answer = (await response.json()) as Record<string, string>;
  if (!response.ok) throw new Error(`The first vend was refused: ${answer["code"]} ${answer["message"]}`);
  const { Permission, Targets, Expiration } = answer;
  return `\nVended: alice has ${Permission} on ${Targets} until ${Expiration}.\n`;
}

function directions({ api, backends }: Emulation, base: number): string {
  const port = base === 4_100 ? "" : ` -- --port ${base}`;
  const url = `${api.url}/v1/storages/lake/credentials`;
  return `API              ${api.url}
OIDC issuer      ${backends.issuer.url}
DynamoDB         ${backends.dynamodb.url}
STS              ${backends.sts.url}
Secrets Manager  ${backends.secretsManager.url}
S3               ${backends.s3.url}

In another terminal, a token of the local issuer, and a vend:
  TOKEN=$(npm run --silent token${port})
  curl -H "Authorization: Bearer $TOKEN" ${url}

Credentials of one tenant, held to its own folder (every way to issue has a storage here: infra/local/local-vending.ts):
  TENANT=$(npm run --silent token${port}${port === "" ? " --" : ""} --claims '{"tenant":"acme"}')
  curl -H "Authorization: Bearer $TENANT" ${api.url}/v1/storages/tenants/credentials

Any AWS SDK, unmodified, after these:
  export AWS_CONTAINER_CREDENTIALS_FULL_URI=${url}
  export AWS_CONTAINER_AUTHORIZATION_TOKEN=$TOKEN
  export AWS_ENDPOINT_URL_S3=${backends.s3.url} AWS_REGION=us-east-1

The main job step by step:
  npm run demo${port}

Ctrl-C ends everything.`;
}
