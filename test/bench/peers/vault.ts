import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../conformance/free-port.ts";
import { untilReady } from "../until-ready.ts";

const team = "team-7";
const rootToken = "root-of-the-benchmark";

interface Setting {
  /** Vault's program. */
  program: string;
  /** For its files, of which it has none but those of the proxy. */
  folder: string;
  sts: string;
  issuer: string;
}

/** Vault's answers, as far as they matter here. */
interface Answer {
  auth?: { client_token: string };
  data?: { access_key: string };
}

export interface Vault {
  /** As a caller that has its token of the issuer only: it logs in, and asks for a session. */
  vend(token: string): Promise<void>;
  /** Starts Vault's proxy with its cache, which logs in by a token of its own. Returns how a caller beside it asks. */
  startProxy(token: string): Promise<() => Promise<void>>;
  end(): void;
}

/**
 * `vault server -dev`, which keeps all in memory, with callers by JWT and an engine for AWS that assumes a role with a session policy:
 * what keyvend does for the same request.
 */
export async function startVault({ program, folder, sts, issuer }: Setting): Promise<Vault> {
  const children: ChildProcess[] = [];
  const start = (words: readonly string[]) => {
    const environment = { PATH: process.env["PATH"], HOME: folder, AWS_REGION: "us-east-1" };
    const child = spawn(program, words, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
    children.push(child);
    return child;
  };
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const quiet = ["-log-level=error"];
  const server = start([
    "server",
    "-dev",
    "-dev-no-store-token",
    `-dev-listen-address=${address}`,
    `-dev-root-token-id=${rootToken}`,
    ...quiet,
  ]);
  const end = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  try {
    await untilReady("Vault", server, `${url}/v1/sys/health`);
    for (const [path, body] of Object.entries(settings(sts, issuer))) await ask(url, path, body, rootToken);
  } catch (error) {
    end();
    throw error;
  }
  return {
    end,
    async vend(jwt) {
      const { auth } = await ask(url, "auth/jwt/login", { role: team, jwt });
      await session(url, auth?.client_token);
    },
    async startProxy(jwt) {
      const listen = `127.0.0.1:${await freePort()}`;
      const [config, tokenFile] = [join(folder, "proxy.hcl"), join(folder, "jwt")];
      await writeFile(tokenFile, jwt);
      await writeFile(config, proxySettings(url, listen, tokenFile));
      const proxy = start(["proxy", `-config=${config}`, ...quiet]);
      await untilReady("Vault's proxy", proxy, `http://${listen}/v1/sys/health`);
      return () => session(`http://${listen}`);
    },
  };
}

async function session(url: string, token?: string): Promise<void> {
  const { data } = await ask(url, `aws/sts/${team}`, { ttl: "60m" }, token);
  if (!data?.access_key.startsWith("ASIA")) throw new Error("Vault's answer has no session.");
}

async function ask(url: string, path: string, body: object, token?: string): Promise<Answer> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token !== undefined) headers["x-vault-token"] = token;
  const response = await fetch(`${url}/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`Vault, ${path}: ${response.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

/** By their paths, in the order in which Vault gets them. */
function settings(sts: string, issuer: string): Record<string, object> {
  const login = {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["keyvend"],
    bound_claims: { repository_id: "7", ref: "refs/heads/main" },
    token_policies: [team],
    token_ttl: "1h",
  };
  const scope = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: "arn:aws:s3:::lake/teams/7/*",
      },
    ],
  };
  return {
    "sys/mounts/aws": { type: "aws" },
    "aws/config/root": {
      access_key: "AKIABENCH00000000001",
      secret_key: "the+long/term+secret+of+the/benchmark",
      region: "us-east-1",
      sts_endpoint: sts,
      sts_region: "us-east-1",
    },
    [`aws/roles/${team}`]: {
      credential_type: "assumed_role",
      role_arns: ["arn:aws:iam::111122223333:role/lake"],
      policy_document: JSON.stringify(scope),
      default_sts_ttl: "1h",
    },
    [`sys/policies/acl/${team}`]: { policy: `path "aws/sts/${team}" { capabilities = ["update"] }` },
    "sys/auth/jwt": { type: "jwt" },
    "auth/jwt/config": { jwks_url: `${issuer}/jwks`, bound_issuer: issuer },
    // Vault stores nothing for a token of this type: the cheap one, for callers that come once.
    [`auth/jwt/role/${team}`]: { ...login, token_type: "batch" },
    // The proxy renews its own token, and manages only what hangs on such a one.
    "auth/jwt/role/proxy": { ...login, token_type: "service" },
  };
}

function proxySettings(server: string, listen: string, tokenFile: string): string {
  return `
vault { address = "${server}" }
auto_auth {
  method "jwt" {
    config = { path = ${JSON.stringify(tokenFile)}, role = "proxy", remove_jwt_after_reading = false }
  }
}
api_proxy { use_auto_auth_token = true }
cache {}
listener "tcp" {
  address = "${listen}"
  tls_disable = true
}
`;
}
