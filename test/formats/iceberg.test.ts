import { expect, test } from "vitest";
import type { CredentialsAnswer } from "../../shared/contract.ts";
import { iceberg } from "../../shared/formats/iceberg.ts";
import { address, longTerm, pathStyle, vended } from "./samples.ts";

interface LoadCredentials {
  "storage-credentials": { prefix: string; config: Record<string, string> }[];
}

function loaded(credentials: CredentialsAnswer) {
  const { body, omissions } = iceberg.ofCredentials(credentials);
  const entries = (body as LoadCredentials)["storage-credentials"];
  // Iceberg's Java client refuses an answer with any other number of them.
  expect(entries.filter(({ prefix }) => prefix.startsWith("s3"))).toHaveLength(1);
  const [{ prefix, config } = expect.unreachable()] = entries;
  return { prefix, config, omissions };
}

test("is one entry for the target, with every value as text", () => {
  expect(iceberg.ofCredentials(vended)).toEqual({
    body: {
      "storage-credentials": [
        {
          prefix: "s3://lake/t1/",
          config: {
            "s3.access-key-id": "ASIAEXAMPLE",
            "s3.secret-access-key": "wJalr/XUtn+FEMI=",
            "s3.session-token": "IQoJb3JpZ2lu//8BEAE=",
            "s3.session-token-expires-at-ms": "1795363200000",
            "s3.endpoint": "https://s3.eu-central-1.amazonaws.com",
            "s3.path-style-access": "false",
            "client.region": "eu-central-1",
          },
        },
      ],
    },
    omissions: [],
  });
  expect(loaded({ ...vended, ...pathStyle }).config["s3.path-style-access"]).toBe("true");
});

test("several targets are one entry for their bucket, and the omissions say so", () => {
  const { prefix, omissions } = loaded({ ...vended, Targets: ["s3://lake/t1/", "s3://lake/t2/"] });
  expect(prefix).toBe("s3://lake/");
  expect(omissions).toEqual(["2 targets, for which the prefix s3://lake/ stands"]);
});

test("a long-term key has no session token, and the omissions say so: Iceberg's Java client needs one", () => {
  const { config, omissions } = loaded(longTerm);
  expect(config).not.toHaveProperty("s3.session-token");
  expect(config["s3.session-token-expires-at-ms"]).toBe("1795363200000");
  expect(omissions).toEqual(["a session token, without which Iceberg's Java client takes nothing from here"]);
});

test("a refusal is Iceberg's error response, and nothing stands beside it", () => {
  const problem = {
    code: "no_grant",
    message: "No grant of yours covers this request.",
    requestId: "r-1",
  } as const;
  const wholeProblem = { ...problem, Code: problem.code, Message: problem.message, ...pathStyle };
  expect(iceberg.ofProblem?.(wholeProblem, 403)).toEqual({
    error: {
      message: "No grant of yours covers this request. (no_grant, request r-1)",
      type: "ForbiddenException",
      code: 403,
    },
  });
});

test("a storage that vends nothing has its address in the message: the shape has no other place for it", () => {
  const problem = { code: "delegation_off", message: "Vends nothing.", requestId: "r-1" } as const;
  const wholeProblem = { ...problem, Code: problem.code, Message: problem.message, ...address, ...pathStyle };
  const message = (change: object) => iceberg.ofProblem?.({ ...wholeProblem, ...change }, 409);
  const said = (style: string) => ({
    error: {
      message: `Vends nothing. The endpoint is http://127.0.0.1:9000, the region us-east-1, the bucket lake, with ${style}. (delegation_off, request r-1)`,
      type: "UnsupportedOperationException",
      code: 409,
    },
  });
  expect(message({})).toEqual(said("path-style access"));
  expect(message({ PathStyleAccess: false })).toEqual(said("virtual-hosted access"));
});
