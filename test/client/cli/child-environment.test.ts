import { describe, expect, test } from "vitest";
import { awsConfigFile, childEnvironment } from "../../../shared/client/src/cli/child-environment.ts";
import { address, pathStyle } from "../../formats/samples.ts";

const endpoint = { url: "http://127.0.0.1:1/credentials", token: "endpoint-token" };
const files = { config: "/f/config", token: "/f/token" };
const secret = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const own = (env: Record<string, string>, secrets: string[] = []) =>
  childEnvironment(env, secrets, address, endpoint, files);

describe("the environment of a child", () => {
  test("is the caller's, with the endpoint, the address and files of its own", () => {
    expect(childEnvironment({ PATH: "/bin", LANG: undefined }, [], address, endpoint, files)).toEqual({
      PATH: "/bin",
      LANG: undefined,
      AWS_ENDPOINT_URL_S3: "https://s3.eu-central-1.amazonaws.com",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: endpoint.token,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/f/token",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_METADATA_ENDPOINT: "http://127.0.0.1:1",
      AWS_CONFIG_FILE: "/f/config",
      AWS_SHARED_CREDENTIALS_FILE: "/f/config.none",
      AWS_CREDENTIAL_PROFILES_FILE: "/f/config.none",
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
    });
  });

  test.each([
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_TOKEN",
    "AWS_SKIP_SIGNATURE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    // Windows does not tell the cases apart.
    "aws_access_key_id",
  ])("has no %s: an SDK would take it first", (name) => {
    expect(own({ [name]: "own" })).not.toHaveProperty(name);
  });

  test.each([
    "AWS_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_METADATA_ENDPOINT",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CREDENTIAL_PROFILES_FILE",
  ])("has a %s that is not the caller's", (name) => {
    expect(own({ [name]: "own" })[name]).not.toBe("own");
  });

  test.each([
    "KEYVEND_TOKEN",
    "KEYVEND_TOKEN_FILE",
    "KEYVEND_URL",
    "KEYVEND_IDENTITY",
    "keyvend_token",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  ])("has no %s: it would open more than was asked for", (name) => {
    expect(own({ [name]: "own" })).not.toHaveProperty(name);
  });

  test("has a secret of the identity by no other name, however it is wrapped", () => {
    const jobs = { VEND_ID_TOKEN: secret, HEADER: `Authorization: Bearer ${secret}`, NETRC: `x:${secret}@y` };
    expect(own({ ...jobs, OTHER: "kept" }, [secret])).toMatchObject({ OTHER: "kept" });
    expect(JSON.stringify(own(jobs, [secret]))).not.toContain(secret);
  });

  test("keeps a value that holds a short secret by chance, and drops one that is it", () => {
    const left = own({ NAME: "abc-job", COPY: " abc\n", HEADER: "bearer abc" }, ["abc"]);
    expect(left).toHaveProperty("NAME", "abc-job");
    expect(left).not.toHaveProperty("COPY");
    expect(left).not.toHaveProperty("HEADER");
  });

  test("keeps empty variables, also where there is no token", () => {
    expect(own({ EMPTY: "", KEYVEND_TOKEN: "" })).toHaveProperty("EMPTY", "");
  });

  test.each<[string, Record<string, string>, string, string]>([
    ["none", {}, "127.0.0.1", "127.0.0.1"],
    ["one", { NO_PROXY: ".internal" }, ".internal,127.0.0.1", ".internal,127.0.0.1"],
    ["the other", { no_proxy: ".internal" }, ".internal,127.0.0.1", ".internal,127.0.0.1"],
    ["both", { NO_PROXY: "a", no_proxy: "b" }, "a,127.0.0.1", "b,127.0.0.1"],
    ["loopback already", { NO_PROXY: "a, 127.0.0.1" }, "a, 127.0.0.1", "a, 127.0.0.1"],
    ["all by a star", { NO_PROXY: " * " }, " * ", " * "],
    ["all, but not by a star alone", { NO_PROXY: "*,a" }, "*,a,127.0.0.1", "*,a,127.0.0.1"],
  ])("sends no proxy a request for the endpoint, where the caller excludes %s", (_, env, upper, lower) => {
    expect(own({ HTTP_PROXY: "http://proxy.example.com", ...env })).toMatchObject({
      HTTP_PROXY: "http://proxy.example.com",
      NO_PROXY: upper,
      no_proxy: lower,
    });
  });

  test("lets object_store speak plain HTTP where the storage does", () => {
    const plain = { ...address, Endpoint: "http://127.0.0.1:9000" };
    expect(childEnvironment({}, [], plain, endpoint, files)).toHaveProperty("AWS_ALLOW_HTTP", "true");
    expect(own({})).not.toHaveProperty("AWS_ALLOW_HTTP");
  });

  test("has path style in a file, because no variable says it", () => {
    expect(awsConfigFile({ ...address, ...pathStyle })).toBe("[default]\ns3 =\n  addressing_style = path\n");
    expect(awsConfigFile(address)).toBe("[default]\ns3 =\n  addressing_style = auto\n");
  });
});
