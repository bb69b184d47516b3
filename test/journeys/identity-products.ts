/**
 * Local issuers in the shape of the products for which `infra/recipes/` has recipes. The content of their tokens, the address
 * of their keys and the request for a token are as each product's documentation says.
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type SigningKey, signingKey, signToken } from "../identity/sign-token.ts";

interface ProductRequest {
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}
/** An object is answered as JSON, a text as it is, and `undefined` is a refusal. */
type Routes = (url: string) => Record<string, (request: ProductRequest) => object | string | undefined>;

export interface Product {
  /** Its address here, instead of its host on the internet. */
  url: string;
  close(): Promise<void>;
}

async function serve(routes: Routes): Promise<Product> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", url);
    const body = await text(request);
    const route = routes(url)[`${request.method} ${pathname}`];
    const answer = route?.({ query: searchParams, headers: request.headers, body });
    if (answer === undefined) return response.writeHead(400).end();
    return response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close };
}

function tokenOf(key: SigningKey, seconds: number, claims: object): string {
  const now = Math.floor(Date.now() / 1_000);
  return signToken(key, { iat: now, nbf: now, exp: now + seconds, ...claims });
}

const jwksOf = (key: SigningKey) => ({ keys: [{ ...key.jwk, alg: key.algorithm }] });
const discovery = "/.well-known/openid-configuration";

/** The job that runs in GitHub Actions. Its runner knows it by the request token. */
export interface GithubJob {
  repository: string;
  repositoryId: string;
  ref: string;
}

export const requestToken = "request-token-of-the-job";

export function startGithub(job: () => GithubJob): Promise<Product> {
  const key = signingKey("RS256", "38826b17-6a30-5f9b-b169-8beb8202f723");
  return serve((issuer) => ({
    [`GET ${discovery}`]: () => ({ issuer, jwks_uri: `${issuer}/.well-known/jwks` }),
    "GET /.well-known/jwks": () => jwksOf(key),
    "GET /idtoken": ({ query, headers }) => {
      if (headers.authorization?.toLowerCase() !== `bearer ${requestToken}`) return undefined;
      const { repository, repositoryId, ref } = job();
      const [owner = "", name = ""] = repository.split("/");
      const value = tokenOf(key, 300, {
        iss: issuer,
        aud: query.get("audience") ?? `https://github.com/${owner}`,
        sub: `repo:${owner}@123456/${name}@${repositoryId}:ref:${ref}`,
        jti: "6f1c8a4e-example",
        ...{ repository, repository_id: repositoryId, ref, ref_type: "branch", ref_protected: "true" },
        ...{ repository_owner: owner, repository_owner_id: "123456", event_name: "push", actor: "octocat" },
        job_workflow_ref: `${repository}/.github/workflows/ingest.yml@${ref}`,
      });
      return { count: value.length, value };
    },
  }));
}

/** The job that runs in GitLab CI. */
export interface GitlabJob {
  projectPath: string;
  /** The id of the group that the project is in. */
  namespaceId: string;
  ref: string;
  isRefProtected: boolean;
}

/** A GitLab instance, which gives each job the ID tokens that its `id_tokens` name. */
export async function startGitlab(): Promise<
  Product & { idToken(job: GitlabJob, audience: string, seconds: number): string }
> {
  const key = signingKey("RS256", "4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE");
  const product = await serve((issuer) => ({
    [`GET ${discovery}`]: () => ({ issuer, jwks_uri: `${issuer}/oauth/discovery/keys` }),
    "GET /oauth/discovery/keys": () => jwksOf(key),
  }));
  return {
    ...product,
    idToken: ({ projectPath, namespaceId, ref, isRefProtected }, audience, seconds) =>
      tokenOf(key, seconds, {
        iss: product.url,
        aud: audience,
        sub: `project_path:${projectPath}:ref_type:branch:ref:${ref}`,
        jti: "235b3a54-example",
        ...{ namespace_id: namespaceId, namespace_path: projectPath.replace(/\/[^/]+$/, "") },
        ...{ project_id: "20", project_path: projectPath, pipeline_id: "574", pipeline_source: "push" },
        ...{ ref, ref_type: "branch", ref_path: `refs/heads/${ref}`, ref_protected: String(isRefProtected) },
        ...{ user_id: "1", user_login: "ada", user_email: "ada@example.com", user_access_level: "developer" },
        user_identities: [{ provider: "github", extern_uid: "2435223452345" }],
        ...{ runner_id: 1, runner_environment: "gitlab-hosted", job_id: "302" },
      }),
  };
}

/** The token that a pod's manifest requests from kubelet. */
export interface TokenRequest {
  namespace: string;
  serviceAccount: string;
  audience: string;
  expirationSeconds: number;
}

/** A cluster whose API server cannot be reached from outside, so another server publishes its keys. */
export async function startCluster(
  issuer: string,
): Promise<Product & { serviceAccountToken(request: TokenRequest): string }> {
  const key = signingKey("RS256", "OAjVVaejWFc0Yt9ykr0_8lMMuRNs67OXTWHsN02Pkyw");
  const product = await serve(() => ({ "GET /cluster.json": () => jwksOf(key) }));
  return {
    ...product,
    serviceAccountToken: ({ namespace, serviceAccount, audience, expirationSeconds }) =>
      tokenOf(key, expirationSeconds, {
        iss: issuer,
        aud: [audience],
        sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
        "kubernetes.io": {
          namespace,
          pod: { name: "ingest", uid: "900f80ed-bafe-49f0-9ae2-c5f0a3ac2cbe" },
          serviceaccount: { name: serviceAccount, uid: "a709ef71-30e2-489a-bd19-ade97031b9db" },
        },
      }),
  };
}

/** The role of an instance, with its own tags and the tags that it puts into its request for a token. */
export interface Workload {
  roleArn: string;
  tags: Record<string, string>;
  requestTags: Record<string, string>;
}

/** An account's issuer. The same server is its regional STS, and the metadata service of an EC2 instance in it. */
export function startAwsAccount(workload: () => Workload): Promise<Product> {
  const credentials = "/latest/meta-data/iam/security-credentials/";
  const ofTheInstance = {
    ...{ Code: "Success", Type: "AWS-HMAC", LastUpdated: "2026-11-22T12:00:00Z" },
    ...{ AccessKeyId: "ASIAEXAMPLEEXAMPLE33", SecretAccessKey: "of the instance", Token: "of the instance" },
    Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
  };
  const key = signingKey("RS256", "RSA_0");
  return serve((issuer) => ({
    [`GET ${discovery}`]: () => ({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` }),
    "GET /.well-known/jwks.json": () => jwksOf(key),
    "PUT /latest/api/token": () => "a token of IMDSv2",
    [`GET ${credentials}`]: () => "reports",
    [`GET ${credentials}reports`]: () => ofTheInstance,
    "POST /": ({ body, headers }) => {
      const form = new URLSearchParams(body);
      if (form.get("Action") !== "GetWebIdentityToken" || form.get("SigningAlgorithm") !== "RS256")
        return undefined;
      const signer = /Credential=(\w+)\/\d+\/eu-central-1\/sts\/aws4_request/.exec(
        headers.authorization ?? "",
      );
      if (signer?.[1] !== ofTheInstance.AccessKeyId) return undefined;
      const { roleArn, tags, requestTags } = workload();
      const token = tokenOf(key, Number(form.get("DurationSeconds") ?? 300), {
        iss: issuer,
        aud: form.get("Audience.member.1"),
        sub: roleArn,
        jti: "xyz123-example",
        "https://sts.amazonaws.com/": {
          ...{ aws_account: "111122223333", source_region: "eu-central-1", principal_id: roleArn },
          ...{ org_id: "o-a1b2c3d4e5", ou_path: ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"] },
          ...(Object.keys(tags).length > 0 && { principal_tags: tags }),
          ...(Object.keys(requestTags).length > 0 && { request_tags: requestTags }),
        },
      });
      return `<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetWebIdentityTokenResult>
        <WebIdentityToken>${token}</WebIdentityToken><Expiration>2030-01-01T00:00:00Z</Expiration>
        </GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`;
    },
  }));
}

/** A confidential client of a realm, and the roles of its service account. */
interface KeycloakClient {
  secret: string;
  roles: string[];
}

/** A realm with these clients, and the Audience mapper of the recipe. */
export function startKeycloak(clients: Record<string, KeycloakClient>): Promise<Product> {
  const key = signingKey("RS256", "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE");
  const realm = "/realms/engineering";
  return serve((url) => ({
    [`GET ${realm}${discovery}`]: () => ({
      issuer: url + realm,
      jwks_uri: `${url}${realm}/protocol/openid-connect/certs`,
    }),
    [`GET ${realm}/protocol/openid-connect/certs`]: () => jwksOf(key),
    [`POST ${realm}/protocol/openid-connect/token`]: ({ body }) => {
      const form = new URLSearchParams(body);
      const client = form.get("client_id") ?? "";
      const { secret, roles = [] } = clients[client] ?? {};
      const isKnown = secret !== undefined && form.get("client_secret") === secret;
      if (form.get("grant_type") !== "client_credentials" || !isKnown) return undefined;
      const token = tokenOf(key, 300, {
        iss: url + realm,
        aud: ["keyvend", "account"],
        sub: "dd2da4e7-5b8d-4a6c-9ef0-4f5d0b8c3c11",
        typ: "Bearer",
        ...{ azp: client, client_id: client, preferred_username: `service-account-${client}` },
        realm_access: { roles: ["offline_access", "default-roles-engineering", ...roles] },
        resource_access: { account: { roles: ["view-profile"] } },
        scope: "profile email",
      });
      return { access_token: token, expires_in: 300, token_type: "Bearer", scope: "profile email" };
    },
  }));
}

/** A user pool with one user, in these groups, and with one app client that has client credentials as well. */
export function startCognito(groups: () => string[]): Promise<Product & { accessToken(): string }> {
  const key = signingKey("RS256", "1234example=");
  const pool = "/eu-central-1_Example";
  const client = "1example23456789";
  const sub = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
  const accessToken = (iss: string) =>
    tokenOf(key, 3_600, { iss, sub, client_id: client, token_use: "access", scope: "lake/read", version: 2 });
  const product = serve((url) => ({
    [`GET ${pool}${discovery}`]: () => ({
      issuer: url + pool,
      jwks_uri: `${url}${pool}/.well-known/jwks.json`,
    }),
    [`GET ${pool}/.well-known/jwks.json`]: () => jwksOf(key),
    "POST /": ({ headers, body }) => {
      const { ClientId, AuthFlow, AuthParameters } = JSON.parse(body);
      const { USERNAME, PASSWORD } = AuthParameters;
      if (headers["x-amz-target"] !== "AWSCognitoIdentityProviderService.InitiateAuth") return undefined;
      if (ClientId !== client || AuthFlow !== "USER_PASSWORD_AUTH") return undefined;
      if (USERNAME !== "ada" || PASSWORD !== "correct horse") return undefined;
      const IdToken = tokenOf(key, 3_600, {
        ...{ iss: url + pool, sub, aud: client, token_use: "id", "cognito:username": "ada" },
        "cognito:groups": groups(),
      });
      const AuthenticationResult = { AccessToken: accessToken(url + pool), ExpiresIn: 3_600, IdToken };
      return { AuthenticationResult, ChallengeParameters: {} };
    },
  }));
  return product.then(({ url, close }) => ({ url, close, accessToken: () => accessToken(url + pool) }));
}
