import { isAws } from "../../config/address.ts";
import { about, type Finding } from "../finding.ts";
import { attemptsInside } from "./attempts.ts";
import type { GrantedScope } from "./scopes.ts";
import { type Outcome, openStore, type Store } from "./store.ts";
import type { Vended } from "./vend.ts";

/**
 * Finds the store by the answer alone, as a client does. Where that does not work, it says what would.
 *
 * @returns also the store, if it can be talked to: then the other checks go on with it.
 */
export async function checkPlace(
  { title, scope }: GrantedScope,
  { address, credentials }: Vended,
): Promise<{ findings: Finding[]; store?: Store }> {
  const [first] = attemptsInside(scope);
  if (first === undefined) return { findings: [] };
  const store = openStore(address, credentials);
  const outcome = await store.try(first);
  if (outcome.kind !== "allowed") {
    const other = openStore({ ...address, PathStyleAccess: !address.PathStyleAccess }, credentials);
    if ((await other.try(first)).kind === "allowed") {
      store.close();
      return { findings: [wrongStyle(title, address.PathStyleAccess)], store: other };
    }
    other.close();
  }
  if (outcome.kind === "trouble") {
    store.close();
    return { findings: [troubleWith(title, outcome, address.Region)] };
  }
  const endpoint = about("endpoint", title).ok(`${address.Endpoint}, ${styleOf(address.PathStyleAccess)}`);
  return { findings: [endpoint, await regionOf(title, store, address)], store };
}

function wrongStyle(title: string, isPathStyle: boolean): Finding {
  return about("endpoint", title).failed(
    `the answer tells ${styleOf(isPathStyle)}, and only ${styleOf(!isPathStyle)} works`,
    `Set pathStyleAccess: ${!isPathStyle} on the storage, and deploy.`,
  );
}

const styleOf = (isPathStyle: boolean) => (isPathStyle ? "path style" : "virtual-hosted style");

async function regionOf(title: string, store: Store, address: Vended["address"]): Promise<Finding> {
  const of = about("region", title);
  const location = await store.locationOf(address.Bucket);
  if (!("region" in location)) return of.notChecked("the store does not tell where the bucket is");
  if (location.region === address.Region) return of.ok(address.Region);
  const message = `the bucket is in ${location.region}, and the answer says ${address.Region}`;
  const advice = `Set region: ${location.region} on the storage, and deploy.`;
  // Other stores take what they are asked for as any region.
  return isAws(address.Endpoint) ? of.failed(message, advice) : of.warning(message, advice);
}

/** What S3 says to a signature for another region. */
const ofAnotherRegion = new Set([
  "AuthorizationHeaderMalformed",
  "PermanentRedirect",
  "IllegalLocationConstraintException",
]);

function troubleWith(title: string, { code, region }: Outcome & { kind: "trouble" }, told: string): Finding {
  if (ofAnotherRegion.has(code))
    return about("region", title).failed(
      `the store takes no signature for ${told}, which the answer says${region === undefined ? "" : `: the bucket is in ${region}`}`,
      `Set region${region === undefined ? "" : `: ${region}`} on the storage, and deploy.`,
    );
  const of = about("endpoint", title);
  if (/^[A-Z]+$/.test(code) || code === "TimeoutError")
    return of.failed(
      `the store cannot be reached (${code})`,
      "Check the storage's endpoint, and the network.",
    );
  if (code === "NoSuchBucket") return of.failed("the bucket is not there", "Make it, or correct its name.");
  return of.failed(
    `the store does not take the credentials (${code})`,
    "Check the clocks, and which STS issues for this store.",
  );
}
