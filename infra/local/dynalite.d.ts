declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  // biome-ignore lint/style/noDefaultExport: the package is published like this
  export default function dynalite(options?: DynaliteOptions): Server;
}
