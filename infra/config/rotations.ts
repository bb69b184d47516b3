import { type KeyRotation, type Storage, secretOf } from "../../shared/core/storage.ts";
import { isLoopback } from "../../shared/net/loopback.ts";
import { isForeign } from "./address.ts";
import { type Report, under } from "./faults.ts";
import { areOne } from "./shared-secrets.ts";

/** A storage that says how its key is rotated. */
type Rotated = Storage & { secret: string; rotation: KeyRotation };

/** Reports what a rotation could not do: without a key, at a store without AWS's IAM, or against another rotation. */
export function checkRotations(storages: readonly Storage[], report: Report): void {
  const stating = storages.filter((storage) => "rotation" in storage);
  const rotated: Rotated[] = [];
  for (const storage of stating) {
    const reportRotation = under(report, storage.name, "rotation");
    if (isElsewhere(storage))
      reportRotation([], "is for keys of AWS's IAM: the key of another store is replaced at the store");
    else if (secretOf(storage) === undefined)
      reportRotation([], "needs a secret: without one there is no long-term key");
    else {
      checkAgainst(storage as Rotated, rotated, reportRotation);
      rotated.push(storage as Rotated);
    }
    const twin = storages.find((other) => areOne(other, storage) && secretOf(other) !== secretOf(storage));
    if (twin !== undefined)
      report(
        [storage.name, "secret"],
        `is written in another way in storages.${twin.name}: a secret that is rotated has one name in all storages`,
      );
  }
}

function checkAgainst(storage: Rotated, earlier: readonly Rotated[], report: Report): void {
  const { secret, rotation } = storage;
  for (const other of earlier) {
    const isSame = other.secret === secret;
    const { user, everyDays } = other.rotation;
    if (isSame && (user !== rotation.user || everyDays !== rotation.everyDays))
      report([], `differs from that of storages.${other.name}, which has the same secret: state it once`);
    else if (!isSame && user !== undefined && user === rotation.user)
      report(
        ["user"],
        `is the user of storages.${other.name} too: IAM gives a user two keys, and a rotation needs both`,
      );
  }
}

/** A stand-in for AWS on this machine may have an IAM. */
function isElsewhere({ endpoint, ...storage }: Storage): boolean {
  const address = ("stsEndpoint" in storage ? storage.stsEndpoint : undefined) ?? endpoint;
  return isForeign(address) && !isLoopback(new URL(address).hostname);
}
