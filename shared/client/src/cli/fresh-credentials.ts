import type { Vended } from "../check-answer.ts";
import { keepFresh } from "../keep-fresh.ts";
import { plain } from "./plain.ts";
import type { Settings } from "./settings.ts";
import { vend } from "./vend.ts";
import type { World } from "./world.ts";

/** SDKs that are given less than 15 minutes refetch at every access; the jitter takes up to a fifth of this. */
const refreshAheadSeconds = 1_200;

/** Credentials for as long as this process runs: one request for all callers, refreshed when somebody asks. */
export const freshCredentials = (settings: Settings, world: World): (() => Promise<Vended>) =>
  keepFresh(
    () => vend(settings, world.env),
    refreshAheadSeconds,
    ({ message }) => world.err(`keyvend: ${plain(message)}\n`),
  );
