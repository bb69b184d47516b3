import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiGatewayEvent, ApiGatewayResult } from "../../../functions/vend.ts";
import { createAccounts } from "../../../infra/local/aws/accounts.ts";
import { createSessionTokens } from "../../../infra/local/aws/session-tokens.ts";
import { type OidcIssuer, startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { startHttpFront } from "../../journeys/http-front.ts";
import { createOperator, type Ended } from "../../journeys/operator.ts";
import { awsCliEnvironment } from "../clients/python/python.ts";
import {
  currentSecretsOf,
  deploymentsOf,
  lambdaOf,
  logsOf,
  lookUps,
  outputsOf,
  quotas,
  rotationsOf,
} from "./beside.ts";
import { type DeployedFunctions, startDeployedFunctions } from "./deployed-functions.ts";
import { startFront } from "./front.ts";
import { startMoto } from "./server.ts";

export const region = "eu-central-1";
const credentials = { AWS_ACCESS_KEY_ID: "AKIAOPERATOR00000000", AWS_SECRET_ACCESS_KEY: "operator" };

/** Where the AWS CLI and the SDKs look for a region. */
const inRegion = { AWS_REGION: region, AWS_DEFAULT_REGION: region };

/** An operator with a clone, the AWS CLI and an account at moto, and what is deployed there. */
export interface DeployedWorld {
  issuer: OidcIssuer;
  /** The folder of the clone. */
  clone: string;
  /** Where AWS's services are, S3 among them. */
  awsUrl: string;
  /** Where callers reach the API's routes for reading. */
  url: string;
  /** Hands a request to vend, as the API does. */
  answer(event: ApiGatewayEvent): Promise<ApiGatewayResult>;
  functions: DeployedFunctions;
  /** Runs commands in the clone, in the world's region. */
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
      ...inRegion,
      PATH: `${commands}:${process.env["PATH"]}`,
      AWS_PAGER: "",
    };
    const operator = await createOperator(environment);
    stops.push(operator.close);
    const inLambda: Record<string, string> = { ...credentials, AWS_REGION: region };
    const functions = startDeployedFunctions(join(operator.clone, ".serverless"), inLambda);
    stops.push(functions.close);
    const front = await startFront(moto.endpoint, [
      deploymentsOf(functions),
      lambdaOf(functions),
      logsOf(functions),
      currentSecretsOf(moto.endpoint),
      rotationsOf(functions, moto.endpoint),
      outputsOf(moto.endpoint, () => api.url),
      lookUps,
      quotas,
    ]);
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
      clone: operator.clone,
      awsUrl: front.url,
      url: api.url,
      answer,
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
 * The configuration of the operator: callers of one issuer read a folder, a catalog writes another, and a doctor has its own on another store.
 *
 * @example await world.write("infra/vending.yml", vendingFor(world))
 */
export function vendingFor(
  { issuer, awsUrl }: DeployedWorld,
  clientKeyId = "KV1XEXAMPLEAAAAAAAAAAAAA",
): string {
  return `issuers: { company: { issuer: "${issuer.url}", audience: keyvend } }
clientKeys:
  catalog: { id: ${clientKeyId}, expires: ${new Date(Date.now() + 86_400_000 * 30).toISOString()}, storage: lake }
storages:
  lake:
    bucket: example-lake
    region: ${region}
    issue: assume-role
    roleArn: arn:aws:iam::123456789012:role/keyvend-prod-${region}-lake
    secret: lake
    rotation: { everyDays: 90 }
  probed:
    bucket: example-probed
    region: ${region}
    endpoint: ${awsUrl}
    stsEndpoint: ${awsUrl}
    pathStyleAccess: true
    issue: assume-role
    roleArn: arn:aws:iam::123456789012:role/probed
    secret: probed
grants:
  - { name: reports, issuer: company, subject: "*", claims: { team: data }, storage: lake, prefix: raw/, permission: READ }
  - { name: catalog, issuer: client-key, subject: catalog, storage: lake, prefix: tables/, permission: READWRITE }
  - { name: probes, issuer: company, subject: doctor, storage: probed, prefix: probes/, permission: READ }
`;
}

/** Makes what moto's CloudFormation passes over, and Secrets Manager makes for a stack at AWS. */
export const ownSecrets = ["sealing-key", "client-keys"]
  .map(
    (name) =>
      `aws secretsmanager create-secret --name keyvend-prod/${name} --secret-string '{"current":"k1","k1":"${"0123456789abcdef".repeat(4)}"}'`,
  )
  .join("\n");
