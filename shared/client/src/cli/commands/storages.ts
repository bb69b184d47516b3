import type { RunCommand } from "../command.ts";
import { duration } from "../duration.ts";
import { listed } from "../listed.ts";
import { plain } from "../plain.ts";
import { serviceOf } from "../settings.ts";

/** `keyvend storages` */
export const run: RunCommand = async (given, world) => {
  const storages = await listed(serviceOf(given), world.env);
  if (given.has("json")) {
    world.out(`${JSON.stringify({ Storages: storages })}\n`);
    return 0;
  }
  if (storages.length === 0) world.err("keyvend: no grant of yours reaches any storage.\n");
  for (const { Storage, Endpoint, Region, PathStyleAccess, Grants, Vends } of storages) {
    const lines = [
      `${Storage}  ${Endpoint}, ${Region}${PathStyleAccess ? ", path style" : ""}${Vends ? "" : ", address only"}`,
      ...Grants.map(
        ({ Targets, Permission, MaxDurationSeconds }) =>
          `  ${Permission.padEnd(9)}  ${Targets.join(" ")}  up to ${duration(MaxDurationSeconds)}`,
      ),
    ];
    world.out(lines.map((line) => `${plain(line)}\n`).join(""));
  }
  return 0;
};
