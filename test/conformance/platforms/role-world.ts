import { withoutNewChecksums } from "../clients/client.ts";
import type { SessionLife } from "../clients/short-sts.ts";
import { usualLife } from "../clients/world.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";
import { type DoorWorld, startDoorWorld } from "../sts-clients/world.ts";
import { startBareHost } from "./bare-host.ts";

/** A whole keyvend whose STS door has a name of its own and TLS, as it has where it is deployed. */
export interface RoleWorld extends DoorWorld {
  /** Starts a program whose role reaches one folder of a storage, by default of `tenants`. */
  startByRole<Started>(
    program: { start(place: DoorPlace, environment: Record<string, string>): Promise<Started> },
    folder: string,
    ask?: { life?: SessionLife; storage?: string },
  ): Promise<Started>;
}

/** @example const world = await startRoleWorld("ceph") */
export async function startRoleWorld(backendName: "local" | "ceph"): Promise<RoleWorld> {
  const world = await startDoorWorld(backendName);
  const { stop } = world;
  const host = await startBareHost("keyvend.example.com", world.placeOf("").sts).catch(async (error) => {
    await stop();
    throw error;
  });
  const startByRole: RoleWorld["startByRole"] = (
    program,
    folder,
    { life = usualLife, storage = "tenants" } = {},
  ) => {
    world.life = life;
    world.issued.length = 0;
    world.statuses.length = 0;
    const place = world.placeOf(`${storage}/READWRITE/${folder}`);
    const variables = { ...host.environment, ...(world.isOlder && withoutNewChecksums) };
    const environment = { PATH: process.env["PATH"] ?? "", HOME: place.home, ...variables };
    return program.start({ ...place, target: `s3://${place.bucket}/${folder}` }, environment);
  };
  return Object.assign(world, {
    startByRole,
    async stop() {
      await host.close();
      await stop();
    },
  });
}
