import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../../functions/vend.ts";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { type OidcIssuer, startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { startHttpFront } from "../../journeys/http-front.ts";
import { createOperator, type Ended } from "../../journeys/operator.ts";
import { awsCliEnvironment } from "../clients/python/python.ts";
import { lambdaOf, logsOf, lookUps } from "./beside.ts";
import { type DeployedFunctions, startDeployedFunctions } from "./deployed-functions.ts";
import { startFront } from "./front.ts";
import { startMoto } from "./server.ts";

export const region = "eu-central-1";
const credentials = { AWS_ACCESS_KEY_ID: "AKIAOPERATOR00000000", AWS_SECRET_ACCESS_KEY: "operator" };

/** An operator with a clone, the AWS CLI and an account at moto, and what is deployed there. */
export interface DeployedWorld {
  issuer: OidcIssuer;
  /** Where callers reach the API. */
  url: string;
  functions: DeployedFunctions;
  /** Runs commands in the clone. */
  sh(script: string, environment?: Record<string, string>): Promise<Ended>;
  /** Runs commands that must end well, and gives what they print. */
  run(script: string, environment?: Record<string, string>): Promise<string>;
  /** Writes a file of the operator's, by its path from the clone. */
  write(path: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes the world before the first deployment. moto stands in for the account: it makes what its CloudFormation knows, and the functions
 * of the package run beside it, with moto's services.
 *
 * @example const world = await createDeployedWorld(); await world.run("npm run deploy -- --stage prod")
 */
export async function createDeployedWorld(): Promise<DeployedWorld> {
  const stops: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const commands = await awsCliEnvironment();
    const issuer = await startOidcIssuer(0);
    stops.push(issuer.close);
    const moto = await startMoto();
    stops.push(moto.stop);
    const environment: Record<string, string> = {
      ...credentials,
      PATH: `${commands}:${process.env["PATH"]}`,
      AWS_PAGER: "",
    };
    const operator = await createOperator(environment);
    stops.push(operator.close);
    const inLambda: Record<string, string> = { ...credentials, AWS_REGION: region };
    const functions = startDeployedFunctions(join(operator.clone, ".serverless"), inLambda);
    stops.push(functions.close);
    const front = await startFront(moto.endpoint, [lambdaOf(functions), logsOf(functions), lookUps]);
    stops.push(front.close);
    environment["AWS_ENDPOINT_URL"] = front.url;
    for (const service of ["DYNAMODB", "SECRETS_MANAGER", "STS", "IAM", "LAMBDA"])
      inLambda[`AWS_ENDPOINT_URL_${service}`] = front.url;

    const answer = async (event: ApiGatewayEvent): Promise<ApiGatewayResult> => {
      const ended = await functions.invoke("keyvend-prod-vend", event);
      if ("error" in ended) throw new Error(ended.error.errorMessage);
      return ended.result as ApiGatewayResult;
    };
    const realm = { accounts: createAccounts({}), sessionTokens: createSessionTokens() };
    const api = await startHttpFront({ answer }, realm, region);
    stops.push(api.close);

    const sh = (script: string, more: Record<string, string> = {}) =>
      operator.sh(script, { ...environment, ...more });
    return {
      issuer,
      url: api.url,
      functions,
      sh,
      async run(script, more) {
        const { status, out, err } = await sh(script, more);
        if (status !== 0) throw new Error(`Ended with ${status}: ${script}\n${out}\n${err}`);
        return out;
      },
      async write(path, text) {
        const file = join(operator.clone, path);
        await mkdir(join(file, ".."), { recursive: true });
        await writeFile(file, text);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The configuration of the operator: callers of one issuer read a folder, and a catalog writes another.
 *
 * @example await world.write("../our/vending.yml", vendingFor(world.issuer.url))
 */
export function vendingFor(issuer: string): string {
  return `issuers: { company: { issuer: "${issuer}", audience: keyvend } }
clientKeys:
  catalog: { id: KV1XEXAMPLEAAAAAAAAAAAAA, expires: ${new Date(Date.now() + 86_400_000 * 30).toISOString()}, storage: lake }
storages:
  lake:
    bucket: example-lake
    region: ${region}
    issue: assume-role
    roleArn: arn:aws:iam::123456789012:role/keyvend-prod-${region}-lake
    secret: lake
    maxDurationSeconds: 43200
grants:
  - { name: reports, issuer: company, subject: "*", storage: lake, prefix: raw/, permission: READ }
  - { name: catalog, issuer: client-key, subject: catalog, storage: lake, prefix: tables/, permission: READWRITE }
`;
}

/** What moto's CloudFormation passes over, and Secrets Manager makes for a stack at AWS. */
export const ownSecrets = ["sealing-key", "client-keys"]
  .map(
    (name) =>
      `aws secretsmanager create-secret --name keyvend-prod/${name} --secret-string '{"current":"k1","k1":"${"0123456789abcdef".repeat(4)}"}'`,
  )
  .join("\n");
