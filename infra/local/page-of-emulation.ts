/** Preloaded by the emulation's API (`node --import`): shows the page. */
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";

/** The functions run in threads of their own, which load this as well: they have no server, and need none of that code. */
if (isMainThread) {
  const { showPage } = await import("./emulated-page.ts");
  showPage(dirname(process.env["KEYVEND_DEPLOYMENT"] ?? ""), Number(process.env["KEYVEND_PORT"]));
}
