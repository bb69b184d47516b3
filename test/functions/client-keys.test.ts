import { afterAll, beforeAll, expect, test } from "vitest";
import { signatureTime } from "../../shared/identity/signed-request.ts";
import { dataOf } from "../aws/emf.ts";
import { signed } from "../identity/signed-by-client-key.ts";
import { startDeployment, type TestDeployment } from "./deployment.ts";

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.close());

const signedNow = () => signed({ time: signatureTime(Date.now()) });

test("an instance verifies client keys by the secret that its environment names", async () => {
  const { verify } = await deployment.coldStart("clientKeys");
  expect(await verify(await signedNow(), Date.now())).toMatchObject({
    kind: "client-key",
    subject: "polaris",
  });
});

test.each(["missing", "unreadable", "half"])(
  "while the secret is %s, callers are told to come back, and an alarm can ring",
  async (secret) => {
    const { verify } = await deployment.coldStart("clientKeys", { CLIENT_KEYS_SECRET: secret });
    deployment.log.length = 0;
    await expect(verify(await signedNow(), Date.now())).rejects.toMatchObject({ code: "unavailable" });
    const parts = deployment.log.flatMap((line) =>
      dataOf(`${line}\n`).map(({ dimensions }) => dimensions["part"]),
    );
    expect(parts.filter(Boolean)).toEqual(["client-keys"]);
  },
);

test("without the secret's name nothing is verified, and the operator is told the name of the variable", async () => {
  const { verify } = await deployment.coldStart("clientKeys", { CLIENT_KEYS_SECRET: "" });
  deployment.log.length = 0;
  await expect(verify(await signedNow(), Date.now())).rejects.toMatchObject({ code: "unavailable" });
  expect(deployment.log.join()).toContain("The environment variable CLIENT_KEYS_SECRET is not set.");
});
