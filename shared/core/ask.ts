import type { Permission } from "../contract.ts";
import type { Target } from "./target.ts";

/** What a request asks for; what it leaves out is left to the grant. */
export interface Ask {
  storage: string;
  /** Naming no target is naming all that is granted. */
  targets?: readonly Target[];
  permission?: Permission;
  durationSeconds?: number;
}
