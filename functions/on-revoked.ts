import { createAbsorb } from "../shared/aws/absorbed-faults.ts";
import type { Meter } from "../shared/aws/meter.ts";
import type { Clock } from "../shared/vending/ports.ts";
import { judgeByText, readAtLast } from "../shared/vending/revocation-rules.ts";
import type { OnRevoked } from "../shared/vending/revocations.ts";

/** What is needed where something was ever revoked, or cannot be read, in a chunk of its own: other answers do without it. */
export function createOnRevoked(meter: Meter, clock: Pick<Clock, "now">): OnRevoked {
  return { judgeByText, readAtLast, absorb: createAbsorb(meter, clock) };
}
