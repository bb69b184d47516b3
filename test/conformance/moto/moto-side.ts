import type { BackendKey } from "../backend.ts";
import { queryCall } from "../query-call.ts";
import { account, closedTrust, region, roleTrust } from "./account.ts";
import { startMoto } from "./server.ts";
import type { Side } from "./side.ts";

/** moto with the account set up through its IAM. After that its auth is on. */
export async function startMotoSide(issuer: string): Promise<Side> {
  const moto = await startMoto();
  try {
    const iam = (parameters: Record<string, string>) => callIam(moto.endpoint, parameters);
    const userKey = await createUser(iam, account.user);
    const strangerKey = await createUser(iam, account.stranger);
    await iam({
      Action: "PutUserPolicy",
      UserName: account.user,
      PolicyName: "access",
      PolicyDocument: JSON.stringify(account.userPolicy),
    });
    await createRole(iam, account.role, roleTrust(issuer));
    await createRole(iam, account.closedRole, closedTrust);
    await moto.enforceAuth(true);
    return {
      name: "moto",
      stsEndpoint: moto.endpoint,
      secretsManagerEndpoint: moto.endpoint,
      iamEndpoint: moto.endpoint,
      userKey,
      strangerKey,
      enforceAuth: moto.enforceAuth,
      stop: moto.stop,
    };
  } catch (error) {
    await moto.stop();
    throw error;
  }
}

type Iam = (parameters: Record<string, string>) => Promise<string>;

async function createUser(iam: Iam, name: string): Promise<BackendKey> {
  await iam({ Action: "CreateUser", UserName: name });
  const answer = await iam({ Action: "CreateAccessKey", UserName: name });
  return {
    accessKeyId: textOf("AccessKeyId", answer),
    secretAccessKey: textOf("SecretAccessKey", answer),
  };
}

async function createRole(iam: Iam, name: string, trust: object): Promise<void> {
  await iam({ Action: "CreateRole", RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam({
    Action: "PutRolePolicy",
    RoleName: name,
    PolicyName: "access",
    PolicyDocument: JSON.stringify(account.rolePolicy),
  });
}

function textOf(element: string, xml: string): string {
  const text = xml.match(new RegExp(`<${element}>([^<]+)</${element}>`))?.[1];
  if (text === undefined) throw new Error(`moto's answer has no ${element}.`);
  return text;
}

/** Any key will do, because auth is not on yet. The signature tells moto which service the request is for. */
const anyKey = { accessKeyId: "AKIAANYKEY0000000000", secretAccessKey: "any" };

async function callIam(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ Version: "2010-05-08", ...parameters }).toString();
  const response = await queryCall(endpoint, { service: "iam", region, key: anyKey }, body);
  const answer = await response.text();
  if (!response.ok) throw new Error(`moto answered ${response.status}: ${answer}`);
  return answer;
}
