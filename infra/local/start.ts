import { parseArgs } from "node:util";
import { comeBack } from "./come-back.ts";
import { type Emulation, startEmulation } from "./emulation.ts";
import { localClientKey } from "./local-client-key.ts";
import { onEndOfNpm } from "./npm-end.ts";
import { basePort, localPorts } from "./ports.ts";

// `npm start`: the whole of keyvend on this machine, until Ctrl-C or another end of npm.

const usage = `Usage: npm start [-- --port PORT]
It runs keyvend and all that keyvend needs on nine ports of 127.0.0.1, from PORT on: 4100, or what KEYVEND_PORT says.`;

try {
  const { values } = parseArgs({
    options: { port: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) console.log(usage);
  else await start(basePort(values.port, process.env));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function start(base: number): Promise<void> {
  let stop = async () => {};
  let isStopping = false;
  const end = () => {
    if (isStopping) return;
    isStopping = true;
    stop().then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  onEndOfNpm(end);
  console.log("Starting keyvend on this machine …");
  const startup = startEmulation(localPorts(base), (line) => isWorthReading(line) && console.log(line));
  stop = () => startup.then((emulation) => emulation.close());
  const emulation = await startup;
  if (isStopping) return;
  console.log(await vendOnce(emulation));
  console.log(directions(emulation, base, await localClientKey()));
}

/** Whether a developer needs a line of serverless-offline's output: a record of the functions' own log, or an error. */
function isWorthReading(line: string): boolean {
  return line.includes('"audit"') || line.includes('"warm"') || /error/i.test(line);
}

/** Vends once, to prove that everything works. The line has the caller, the scope and the end, and nothing secret. */
async function vendOnce({ api, backends }: Emulation): Promise<string> {
  const token = await backends.issuer.token();
  const headers = { authorization: `Bearer ${token}` };
  const response = await comeBack(() => fetch(`${api.url}/v1/storages/lake/credentials`, { headers }));
  const answer = (await response.json()) as Record<string, string>;
  if (!response.ok) throw new Error(`The first vend was refused: ${answer["code"]} ${answer["message"]}`);
  return `\nVended: alice has ${answer["Permission"]} on ${answer["Targets"]} until ${answer["Expiration"]}.\n`;
}

function directions(
  { api, backends }: Emulation,
  base: number,
  clientKey: Awaited<ReturnType<typeof localClientKey>>,
): string {
  const port = base === 4_100 ? "" : ` -- --port ${base}`;
  const url = `${api.url}/v1/storages/lake/credentials`;
  return `API              ${api.url}
Page             ${api.url}/
OIDC issuer      ${backends.issuer.url}
DynamoDB         ${backends.dynamodb.url}
STS              ${backends.sts.url}
Secrets Manager  ${backends.secretsManager.url}
S3               ${backends.s3.url}
IAM              ${backends.iam.url}

In another terminal, get a token of the local issuer, and vend:
  TOKEN=$(npm run --silent token${port})
  curl -H "Authorization: Bearer $TOKEN" ${url}

Vend for one tenant, whose credentials reach its own folder only:
  TENANT=$(npm run --silent token${port}${port === "" ? " --" : ""} --claims '{"tenant":"acme"}')
  curl -H "Authorization: Bearer $TENANT" ${api.url}/v1/storages/tenants/credentials

infra/local/local-vending.ts has a storage for every way to issue.

Use any AWS SDK, unmodified, after these lines:
  export AWS_CONTAINER_CREDENTIALS_FULL_URI=${url}
  export AWS_CONTAINER_AUTHORIZATION_TOKEN=$TOKEN
  export AWS_ENDPOINT_URL_S3=${backends.s3.url} AWS_REGION=us-east-1

Or let any client of STS assume a role here. S3 takes what it answers, and not the client key itself:
  export AWS_ENDPOINT_URL_STS=${api.url} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=${clientKey.id}
  export AWS_SECRET_ACCESS_KEY=${clientKey.secret}
  aws sts assume-role --role-arn arn:aws:iam::000000000000:role/keyvend/tenants --role-session-name me

See the main job step by step:
  npm run demo${port}

Ctrl-C ends everything.`;
}
