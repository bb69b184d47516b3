declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  // biome-ignore lint/style/noDefaultExport: so it is published
  export default function dynalite(options?: DynaliteOptions): Server;
}
