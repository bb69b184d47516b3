import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOf, filledIn, type Working } from "../clients/client.ts";
import { type ClientWorld, startWorld } from "../clients/world.ts";
import { startFront } from "./front.ts";
import { type DoorPlace, profile, type StsClient, type Way } from "./sts-client.ts";

/** A whole keyvend and a backend, with a front before the STS door. */
export interface DoorWorld extends Omit<ClientWorld, "start" | "startWithLongTermKey" | "placeOf"> {
  /** Starts a client with a role, as in `tenants/READWRITE/folder`. */
  startBy(client: StsClient, way: Way, role: string): Promise<Working>;
  /** The place of a client with a role. */
  placeOf(role: string): DoorPlace;
  /** The statuses of the door's answers, in their order. Tests empty this list. */
  statuses: number[];
}

/** @example const world = await startDoorWorld("ceph") */
export async function startDoorWorld(backendName: "local" | "ceph"): Promise<DoorWorld> {
  const world = await startWorld(backendName);
  const { stack, placeOf: placeOfClient, stop } = world;
  const { clientKey } = stack;
  const front = await startFront(stack.url);
  const placeOf = (role: string): DoorPlace => {
    const place = placeOfClient("tenants", "");
    const inHome = (name: string) => join(place.home, name);
    const doorPlace: DoorPlace = {
      ...place,
      sts: front.url,
      stsOverTls: front.urlOverTls,
      caFile: inHome("ca.pem"),
      roleArn: `arn:aws:iam::000000000000:role/keyvend/${role}`,
      clientKeyId: clientKey.accessKeyId,
      clientKeySecret: clientKey.secretAccessKey,
      configFile: inHome("config"),
    };
    writeFileSync(doorPlace.caFile, front.certificate);
    writeFileSync(doorPlace.configFile, filledIn(profile, doorPlace));
    return doorPlace;
  };
  return Object.assign(world, {
    startBy(client: StsClient, way: Way, role: string) {
      const place = placeOf(role);
      return client.start(
        place,
        environmentOf({ environment: {}, ...client, ...client.by[way] }, place, world.isOlder),
      );
    },
    placeOf,
    statuses: front.statuses,
    async stop() {
      await front.close();
      await stop();
    },
  });
}
