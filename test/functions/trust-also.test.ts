import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { compileConfig } from "../../functions/config.ts";
import { createRuntime } from "../../functions/runtime.ts";
import { trustAlso } from "../../functions/trust-also.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { sdkTransport } from "../../shared/aws/sdk-transport.ts";
import { request } from "../../shared/net/request.ts";
import { credentials, sessionToken } from "../aws/sts-answers.ts";
import { startInstance } from "../identity/instance.ts";
import { startIssuer, type TestIssuer, trustedIssuer } from "../identity/local-issuer.ts";
import { signingKey } from "../identity/sign-token.ts";
import { changed } from "../infra/config/document.ts";
import { temporaryDirectory } from "../infra/config/files.ts";
import { selfSigned } from "../net/self-signed.ts";

const key = signingKey("ES256", "ours");
const [ofIssuer, ofAws] = [selfSigned("issuer.example"), selfSigned("aws.example")];
const usual = getCACertificates("default");

let issuer: TestIssuer;
let aws: Server;
let awsAddress: string;
beforeEach(async () => {
  issuer = await startIssuer([key.jwk], ofIssuer);
  aws = createServer(ofAws, (_, response) => {
    response.setHeader("content-type", "text/xml").end(sessionToken(credentials()));
  });
  await new Promise<void>((listening) => aws.listen(0, "127.0.0.1", listening));
  awsAddress = `https://127.0.0.1:${(aws.address() as AddressInfo).port}`;
});
afterEach(async () => {
  setDefaultCACertificates(usual);
  vi.unstubAllEnvs();
  aws.closeAllConnections();
  aws.close();
  await issuer.stop();
});

const fingerprint = (certificate: string) => new X509Certificate(certificate).fingerprint256;
const askIssuer = () => startInstance(trustedIssuer(issuer.address)).ask(key);
const call = () => request({ method: "POST", url: awsAddress, timeoutMs: 2_000, maxBytes: 10_000 });
const askSts = (client: STSClient) => client.send(new GetSessionTokenCommand({}));

test("requests to issuers, our own calls and the AWS SDK trust one bundle, beside the usual authorities", async () => {
  const sts = new STSClient({
    region: "us-east-1",
    endpoint: awsAddress,
    credentials: { accessKeyId: "AKIA", secretAccessKey: "key" },
    ...sdkTransport(2_000),
  });
  expect(await askIssuer()).toBe("unavailable, 5 s");
  await expect(call()).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  await expect(askSts(sts)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });

  trustAlso([ofIssuer.cert, ofAws.cert]);
  expect(await askIssuer()).toBe("accepted");
  expect(await call()).toMatchObject({ status: 200 });
  expect(await askSts(sts)).toMatchObject({ Credentials: { SessionToken: "token" } });
  const trustedNow = new Set(getCACertificates("default").map(fingerprint));
  expect(usual.map(fingerprint).filter((each) => !trustedNow.has(each))).toEqual([]);
});

test("an authority that is not in the bundle is not trusted", async () => {
  trustAlso([ofAws.cert]);
  expect(await askIssuer()).toBe("unavailable, 5 s");
});

test("a runtime trusts the bundle of its configuration", async () => {
  const path = join(temporaryDirectory(), "vending.json");
  writeFileSync(path, compileConfig(parseConfig(changed({ caBundle: ofIssuer.cert + ofAws.cert }))));
  const environment = {
    ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "key" },
    ...{ VENDING_CONFIG: path, VENDING_TABLE: "t", SEALING_SECRET: "s", WARM_FUNCTION: "w" },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  createRuntime({ callTimeoutMs: 300, issueTimeoutMs: 700 });
  expect(await askIssuer()).toBe("accepted");
  expect(await call()).toMatchObject({ status: 200 });
});
