import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "aws4";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  fromAws,
  fromEnvironment,
  fromGitHubActions,
  fromKubernetes,
  fromTokenFile,
} from "../../shared/client/src/identity-sources/index.ts";
import { signedHeaders } from "../../shared/client/src/identity-sources/sigv4.ts";
import { fromVending } from "../../shared/client/src/index.ts";
import { type FakeService, json, raw, startFakeService, token } from "./fake-service.ts";

let folder: string;
let service: FakeService;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyvend-identity-"));
  service = await startFakeService();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await service.close();
  await rm(folder, { recursive: true });
});

describe("a token file", () => {
  test("is read at each request, without the white space around the token", async () => {
    const path = join(folder, "token");
    const source = fromTokenFile(path);
    await writeFile(path, " one\n");
    expect(await source()).toBe("one");
    await writeFile(path, "two");
    expect(await source()).toBe("two");
    expect(await fromKubernetes({ path })()).toBe("two");
  });

  test("that is not there, or is empty, is an error that names it", async () => {
    const path = join(folder, "token");
    await expect(fromTokenFile(path)()).rejects.toMatchObject({
      code: "invalid_token",
      message: expect.stringContaining(path),
    });
    await writeFile(path, "\n");
    await expect(fromTokenFile(path)()).rejects.toMatchObject({ code: "invalid_token" });
  });

  test("is what fromVending sends", async () => {
    const path = join(folder, "token");
    await writeFile(path, `${token}\n`);
    await fromVending({ url: service.url, storage: "lake", token: fromTokenFile(path) })();
    expect(service.requests[0]?.authorization).toBe(`Bearer ${token}`);
  });

  test("that is not there is the cause of the error that fromVending gives", async () => {
    const credentials = fromVending({ url: service.url, storage: "lake", token: fromTokenFile("/nowhere") });
    await expect(credentials()).rejects.toMatchObject({
      code: "invalid_token",
      cause: { code: "invalid_token", message: expect.stringContaining("/nowhere") },
    });
  });
});

describe("the environment", () => {
  const url = "https://vend.example.com";
  const AWS_CONTAINER_CREDENTIALS_FULL_URI = `${url}/stage/v1/storages/lake/credentials?permission=READ`;

  test.each<[string, Record<string, string>, string]>([
    ["KEYVEND_TOKEN", { KEYVEND_TOKEN: "a", KEYVEND_TOKEN_FILE: "/nowhere" }, "a"],
    ["AWS's variable", { AWS_CONTAINER_AUTHORIZATION_TOKEN: "b", AWS_CONTAINER_CREDENTIALS_FULL_URI }, "b"],
    [
      "AWS's variable with Bearer",
      { AWS_CONTAINER_AUTHORIZATION_TOKEN: "Bearer c", AWS_CONTAINER_CREDENTIALS_FULL_URI },
      "c",
    ],
  ])("has it in %s", async (_, variables, expected) => {
    expect(await fromEnvironment(variables)(url)).toBe(expected);
  });

  test.each(["KEYVEND_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])(
    "names a file by %s",
    async (name) => {
      const path = join(folder, "token");
      await writeFile(path, `${token}\n`);
      const variables = {
        ...{ [name]: path, AWS_CONTAINER_AUTHORIZATION_TOKEN: "no", AWS_CONTAINER_CREDENTIALS_FULL_URI },
      };
      expect(await fromEnvironment(variables)(url)).toBe(token);
    },
  );

  test("is this process's own by default", async () => {
    vi.stubEnv("KEYVEND_TOKEN", token);
    expect(await fromEnvironment()()).toBe(token);
  });

  test.each<[string, Record<string, string>, string | undefined]>([
    ["without any", { AWS_CONTAINER_AUTHORIZATION_TOKEN: "" }, url],
    ["that does not say whose it is", {}, url],
    ["of an ECS task", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/x" }, url],
    ["of a pod on EKS", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" }, url],
    ["of another keyvend", { AWS_CONTAINER_CREDENTIALS_FULL_URI }, "https://vend.example.org"],
    ["of another port", { AWS_CONTAINER_CREDENTIALS_FULL_URI }, `${url}:8443`],
    ["of a host that begins so", { AWS_CONTAINER_CREDENTIALS_FULL_URI }, `${url}.example.org`],
    ["of another scheme", { AWS_CONTAINER_CREDENTIALS_FULL_URI }, "http://vend.example.com"],
    ["of another path there", { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/other` }, url],
    ["whose service is not known", { AWS_CONTAINER_CREDENTIALS_FULL_URI }, undefined],
    ["whose address is none", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "vend.example.com" }, url],
  ])("%s has none for this keyvend: it must not get another service's token", async (_, variables, here) => {
    const source = fromEnvironment({ AWS_CONTAINER_AUTHORIZATION_TOKEN: "theirs", ...variables });
    await expect(source(here)).rejects.toMatchObject({
      code: "invalid_token",
      message: expect.stringContaining("KEYVEND_TOKEN"),
    });
  });

  test("of another keyvend says why it does not count", async () => {
    const variables = { AWS_CONTAINER_AUTHORIZATION_TOKEN: "theirs", AWS_CONTAINER_CREDENTIALS_FULL_URI };
    await expect(fromEnvironment(variables)("https://vend.example.org")).rejects.toThrow("goes nowhere else");
  });

  test("is asked for the service's own address by fromVending", async () => {
    const asked: string[] = [];
    const source = async (address?: string) => {
      asked.push(`${address}`);
      return token;
    };
    await fromVending({ url: service.url, storage: "lake", token: source })();
    expect(asked).toEqual([service.url]);
  });
});

describe("GitHub Actions", () => {
  const job = () => ({
    ACTIONS_ID_TOKEN_REQUEST_URL: `${service.url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job-token",
  });

  test("gives a token for the audience", async () => {
    service.reply(json(200, { value: token }));
    expect(await fromGitHubActions({ audience: "keyvend" }, job())()).toBe(token);
    const [request] = service.requests;
    expect(`${request?.query}`).toBe("api-version=2.0&audience=keyvend");
    expect(request?.authorization).toBe("bearer job-token");
  });

  test.each([
    ["a refusal", raw(403, "no"), "invalid_token"],
    ["half a JSON", raw(200, '{"value":"eyJ'), "invalid_token"],
    ["a redirect", raw(302, "", { location: "https://elsewhere.example.com" }), "invalid_token"],
    ["ten megabytes", raw(200, "x".repeat(10_000_000)), "network"],
    ["an outage", raw(503, ""), "unavailable"],
  ])("%s is a typed error that does not hold the job's own token", async (_, reply, code) => {
    service.reply(reply);
    const error = await fromGitHubActions({ audience: "keyvend" }, job())().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "VendingError", code });
    expect(String(error)).not.toContain("job-token");
  });

  test("outside of a job is an error that says what the job needs", async () => {
    await expect(fromGitHubActions({ audience: "keyvend" }, {})()).rejects.toMatchObject({
      code: "invalid_token",
      message: expect.stringContaining("id-token: write"),
    });
  });
});

describe("AWS", () => {
  const credentials = async () => ({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "own-secret" });
  const source = () =>
    fromAws({ audience: "keyvend", region: "eu-central-1", credentials, endpoint: service.url });

  test("gives a token by STS's GetWebIdentityToken, in a signed request", async () => {
    let form = "";
    service.alwaysReply((response, request) => {
      request.on("data", (chunk) => {
        form += chunk;
      });
      request.on("end", () =>
        raw(
          200,
          `<R><GetWebIdentityTokenResult><WebIdentityToken>${token}</WebIdentityToken></GetWebIdentityTokenResult></R>`,
        )(response, request),
      );
    });
    expect(await source()()).toBe(token);
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
      Action: "GetWebIdentityToken",
      Version: "2011-06-15",
      "Audience.member.1": "keyvend",
      DurationSeconds: "300",
      SigningAlgorithm: "RS256",
    });
    expect(service.requests[0]?.authorization).toContain("/eu-central-1/sts/aws4_request");
  });

  test.each([
    ["AccessDenied", "sts:GetWebIdentityToken"],
    ["OutboundWebIdentityFederationDisabledException", "federation"],
    ["SomethingNew", "SomethingNew"],
  ])("%s is an error that says what to change", async (code, hint) => {
    service.reply(raw(403, `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`));
    const error = await source()().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "invalid_token", message: expect.stringContaining(hint) });
    expect(error.message).not.toContain("own-secret");
  });

  test("without credentials or region is an error that says what to set", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_DEFAULT_REGION"]) vi.stubEnv(name, "");
    await expect(fromAws({ audience: "a" })()).rejects.toThrow("AWS_REGION");
    await expect(fromAws({ audience: "a", region: "eu-central-1" })()).rejects.toThrow("AWS credentials");
  });
});

test("requests are signed as aws4 signs them", async () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc XYZ019-_.~!*'()/+&=%ü") });
  const parts = fc.record({
    path: fc.array(word.map(encodeURIComponent)),
    query: fc.uniqueArray(fc.tuple(fc.string({ unit: fc.constantFrom(..."abcAZ-"), minLength: 1 }), word), {
      selector: ([name]) => name,
    }),
    body: fc.string(),
    sessionToken: fc.option(fc.string({ unit: fc.constantFrom(..."abc+/="), minLength: 1 }), {
      nil: undefined,
    }),
    now: fc.date({ min: new Date("2001-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
  });
  await fc.assert(
    fc.asyncProperty(parts, async ({ path, query, body, sessionToken, now }) => {
      const url = new URL(`https://api.example.com/${path.join("/")}`);
      for (const [name, value] of query) url.searchParams.append(name, value);
      const credentials = {
        ...{ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
        ...(sessionToken && { sessionToken }),
      };
      const signed = await signedHeaders(
        { method: "POST", url, body, service: "execute-api", region: "eu-central-1", credentials },
        now,
      );
      const reference = sign(
        {
          method: "POST",
          host: url.host,
          path: url.pathname + url.search,
          body,
          service: "execute-api",
          region: "eu-central-1",
          headers: {
            "X-Amz-Date": signed["x-amz-date"] ?? "",
            ...(sessionToken && { "X-Amz-Security-Token": sessionToken }),
          },
          // aws4 would add these to a body.
          extraHeadersToIgnore: { "content-length": true, "content-type": true },
        } as Parameters<typeof sign>[0],
        credentials,
      );
      expect(signed["authorization"]).toBe(String(reference.headers?.["Authorization"]));
    }),
    { numRuns: 300 },
  );
});
