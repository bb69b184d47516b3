/**
 * The emulation answers in the shapes of AWS, as far as moto knows them. Both get the same calls of the AWS SDK and must
 * answer alike, except for moto's accepted differences. A difference that the table names but that is no longer there
 * fails a test too.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OidcIssuer, startOidcIssuer } from "../../../infra/local/oidc-issuer.ts";
import { acceptedOf } from "../accepted-differences.ts";
import { account } from "./account.ts";
import { calls } from "./calls.ts";
import { iamCalls } from "./iam-calls.ts";
import { startLocalSide } from "./local-side.ts";
import { startMotoSide } from "./moto-side.ts";
import { differencesOf, type Shape, shapeOf } from "./shape.ts";
import { clientsOf, type Side, type SideClients } from "./side.ts";

const accepted = acceptedOf("moto");

let issuer: OidcIssuer | undefined;
let webIdentityToken: string;
const sides: { side: Side; clients: SideClients }[] = [];

beforeAll(async () => {
  issuer = await startOidcIssuer(0);
  webIdentityToken = await issuer.token({ aud: account.audience });
  for (const start of [startLocalSide, startMotoSide]) {
    const side = await start(issuer.url);
    sides.push({ side, clients: clientsOf(side) });
  }
});
afterAll(async () => {
  for (const { side, clients } of sides) {
    clients.destroy();
    await side.stop();
  }
  await issuer?.close();
});

const allCalls = [...calls, ...iamCalls];

test.each(allCalls)("$name", async ({ name, unsigned = false, make }) => {
  const shapes: Shape[] = [];
  for (const { side, clients } of sides) {
    await side.enforceAuth(!unsigned);
    shapes.push(await shapeOf(make(clients, { side, webIdentityToken })));
  }
  const [local, moto] = shapes as [Shape, Shape];
  const differences = differencesOf(local, moto).map((difference) => `${name}: ${difference}`);
  expect(differences).toEqual(accepted.filter((what) => what.startsWith(`${name}: `)));
});

test("every accepted difference is about a call that is made", () => {
  const names = allCalls.map(({ name }) => name);
  expect(accepted.filter((what) => !names.some((name) => what.startsWith(`${name}: `)))).toEqual([]);
});
