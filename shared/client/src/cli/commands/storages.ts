import { type Command, identityFlags } from "../command-line.ts";
import { durationText, jsonLine, printable } from "../output.ts";
import { listStorages } from "../service.ts";
import { readServiceSettings } from "../settings.ts";

/** `keyvend storages` */
export const storages: Command = {
  summary: "list the storages that you may use",
  flags: identityFlags,
  examples: [["storages --url https://vend.example.com", "the storages, and what you may do with them"]],
  async run(args, io) {
    const list = await listStorages(readServiceSettings(args), io.env);
    if (args.has("json")) {
      io.out(jsonLine({ Storages: list }));
      return 0;
    }
    if (list.length === 0) io.err("keyvend: no grant of yours reaches any storage.\n");
    for (const { Storage, Endpoint, Region, PathStyleAccess, Grants, Vends } of list) {
      const lines = [
        `${Storage}  ${Endpoint}, ${Region}${PathStyleAccess ? ", path style" : ""}${Vends ? "" : ", address only"}`,
        ...Grants.map(
          ({ Targets, Permission, Also, MaxDurationSeconds }) =>
            `  ${Permission.padEnd(9)}  ${Targets.join(" ")}  up to ${durationText(MaxDurationSeconds)}${alsoText(Also)}`,
        ),
      ];
      io.out(lines.map((line) => `${printable(line)}\n`).join(""));
    }
    return 0;
  },
};

const alsoText = (groups: unknown) => (Array.isArray(groups) ? `, also ${groups.join(", ")}` : "");
