/**
 * The recipe for a front cannot run here as a whole. These tests package the stack with its pieces, hold the front's template
 * to what the recipe says of it, and run its certificates.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { routes } from "../../functions/routes.ts";
import { blocksOf } from "../documents/markdown.ts";
import { selfSigned } from "../net/self-signed.ts";
import { createOperator } from "./operator.ts";

const recipe = await readFile("infra/recipes/cloudfront.md", "utf8");
const pieces = blocksOf(recipe, "yaml");
/** Each CloudFormation function is replaced by its argument. */
const templates = pieces.map((text) => parse(text, { logLevel: "error" }));
const [options, front] = templates;
const { DistributionConfig: distribution } = front.Resources.Front.Properties;
const { Rules: rules, ...firewall } = front.Resources.Firewall.Properties;

test("the stack is packaged with the recipe's options: its default endpoint is off, and its own domain asks for a certificate", async () => {
  const operator = await createOperator({});
  try {
    await operator.write("front.yml", pieces[0] ?? "");
    const args = ["--stage", "prod", "--region", "eu-central-1", "--params", "front.yml", "--package", "out"];
    expect(await operator.npmRun(["package", ...args])).toMatchObject({ status: 0 });
    const { Resources } = await operator.template("out");
    expect(Resources["HttpApi"]?.Properties).toMatchObject({ DisableExecuteApiEndpoint: true });
    expect(Resources["ApiDomain"]?.Properties).toMatchObject({
      DomainName: options.domainName,
      MutualTlsAuthentication: { TruststoreUri: options.truststoreUri },
      DomainNameConfigurations: [{ SecurityPolicy: "TLS_1_2" }],
    });
    expect(Resources["ApiMapping"]?.Properties).toMatchObject({
      ApiId: { Ref: "HttpApi" },
      DomainName: { Ref: "ApiDomain" },
    });
  } finally {
    await operator.close();
  }
});

describe("the API takes connections from the front only:", () => {
  test("CloudFront shows the certificate, and callers ask for the host that the API knows", () => {
    expect(distribution.Origins).toHaveLength(1);
    expect(distribution.Origins[0].CustomOriginConfig).toEqual({
      OriginProtocolPolicy: "https-only",
      OriginSSLProtocols: ["TLSv1.2"],
      OriginMtlsConfig: { ClientCertificateArn: "ClientCertificate" },
    });
    expect(front.Parameters.Host.Default).toBe(options.domainName);
  });
});

describe("CloudFront", () => {
  test("keeps no answer to a caller, and passes on every header and the query", () => {
    expect(distribution.DefaultCacheBehavior).toEqual({
      TargetOriginId: "api",
      ViewerProtocolPolicy: "https-only",
      AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
      CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
      OriginRequestPolicyId: "216adef6-5c7f-47e4-b989-5492eafa07d3",
    });
  });

  test("keeps no error: each of those that it would keep has a time of zero", () => {
    const codes = distribution.CustomErrorResponses.map((each: { ErrorCode: number }) => each.ErrorCode);
    // Each status that CloudFront keeps by default, or when an origin lets it.
    expect(codes).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);
    for (const response of distribution.CustomErrorResponses) expect(response.ErrorCachingMinTTL).toBe(0);
  });

  test("keeps the description alone, in one copy, and sends no identity for it", () => {
    const open = routes.filter(({ authorizer }) => authorizer === "none").map(({ key }) => key.slice(4));
    expect(
      distribution.CacheBehaviors.map(({ PathPattern }: { PathPattern: string }) => PathPattern),
    ).toEqual(open);
    for (const behavior of distribution.CacheBehaviors) {
      expect(behavior).toMatchObject({
        CachePolicyId: "DescriptionCache",
        ViewerProtocolPolicy: "https-only",
      });
      expect(behavior).not.toHaveProperty("OriginRequestPolicyId");
    }
    const { ParametersInCacheKeyAndForwardedToOrigin: key, ...times } =
      front.Resources.DescriptionCache.Properties.CachePolicyConfig;
    expect(times).toMatchObject({ MinTTL: 0, DefaultTTL: 0, MaxTTL: 300 });
    expect(key).toMatchObject({
      HeadersConfig: { HeaderBehavior: "whitelist", Headers: ["Host"] },
      CookiesConfig: { CookieBehavior: "none" },
      QueryStringsConfig: { QueryStringBehavior: "none" },
    });
  });

  test("and WAF log nothing, and keep no samples", () => {
    expect(distribution).not.toHaveProperty("Logging");
    const types = Object.values<{ Type: string }>(front.Resources).map(({ Type }) => Type);
    expect(types).toEqual([
      "AWS::CloudFront::Distribution",
      "AWS::CloudFront::CachePolicy",
      "AWS::WAFv2::WebACL",
    ]);
    for (const { VisibilityConfig } of [firewall, ...rules])
      expect(VisibilityConfig.SampledRequestsEnabled).toBe(false);
  });
});

test("WAF stands before CloudFront, and blocks by what only it can tell", () => {
  expect(distribution.WebACLId).toBe("Firewall.Arn");
  expect(firewall.Scope).toBe("CLOUDFRONT");
  const statements = Object.fromEntries(
    rules.map(({ Name, Statement }: { Name: string; Statement: object }) => [Name, Statement]),
  );
  expect(statements["one-address"]).toEqual({
    RateBasedStatement: { AggregateKeyType: "IP", EvaluationWindowSec: 300, Limit: 3_000 },
  });
  expect(statements["reputation"].ManagedRuleGroupStatement.Name).toBe(
    "AWSManagedRulesAmazonIpReputationList",
  );
  const [identity, path, method] = statements["without-identity"].AndStatement.Statements.map(
    (each: { NotStatement: { Statement: Record<string, object> } }) =>
      Object.values(each.NotStatement.Statement)[0],
  );
  expect(identity).toMatchObject({ FieldToMatch: { SingleHeader: { Name: "authorization" } }, Size: 0 });
  expect(path).toMatchObject({ PositionalConstraint: "EXACTLY", SearchString: "/openapi.json" });
  expect(method).toMatchObject({ FieldToMatch: { Method: {} }, SearchString: "POST" });
});

describe("the certificates of the recipe", () => {
  let folder: string;
  let port: number;
  let server: ReturnType<typeof createServer>;
  const host = selfSigned();
  const pem = (name: string) => readFile(join(folder, name), "utf8");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyvend-front-"));
    const [script = ""] = blocksOf(recipe, "sh");
    await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { cwd: folder });
    // As API Gateway does with its trust store: the handshake is the check.
    server = createServer({ ...host, ca: await pem("authority.pem"), requestCert: true }, (_, answer) =>
      answer.end("in"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    server?.close();
    await rm(folder, { recursive: true });
  });

  /** The status of a request over a connection that shows a certificate. */
  function ask(certificate: { key?: string; cert?: string }): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port, ca: host.cert, agent: false, ...certificate }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });
  }

  test("let the front in", async () => {
    expect(await ask({ key: await pem("front.key"), cert: await pem("front.pem") })).toBe(200);
  });

  test("let in neither a caller without one nor one of another authority", async () => {
    await expect(ask({})).rejects.toThrow();
    const { key, cert } = selfSigned("keyvend front");
    await expect(ask({ key, cert })).rejects.toThrow();
  });
});
