import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { StoredObject } from "./store.ts";

/**
 * Holds a write back when the object is not, or is, what the writer believes.
 *
 * @throws AwsFault `PreconditionFailed`, `NoSuchKey`
 */
export function requireWritable(headers: ReceivedRequest["headers"], object: StoredObject | undefined): void {
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (ifMatch !== undefined && object === undefined)
    throw new AwsFault(404, "NoSuchKey", "The specified key does not exist.");
  if (ifMatch !== undefined && !names(ifMatch, object)) throw failed();
  if (ifNoneMatch !== undefined && names(ifNoneMatch, object)) throw failed();
}

/** Whether a reader has this object already; throws `PreconditionFailed` when it asked for another one. */
export function isUnchanged(headers: ReceivedRequest["headers"], object: StoredObject): boolean {
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (ifMatch !== undefined && !names(ifMatch, object)) throw failed();
  return ifNoneMatch !== undefined && names(ifNoneMatch, object);
}

function names(etags: string, object: StoredObject | undefined): boolean {
  if (object === undefined) return false;
  const bare = object.etag.replaceAll('"', "");
  return etags.split(",").some((etag) => ["*", bare].includes(etag.trim().replaceAll('"', "")));
}

function failed(): AwsFault {
  return new AwsFault(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
  );
}
