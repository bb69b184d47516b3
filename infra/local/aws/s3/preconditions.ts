import { AwsFault } from "../aws-fault.ts";
import type { ReceivedRequest } from "../listener.ts";
import type { StoredObject } from "./store.ts";

/**
 * Refuses a write if the object is not in the state that the writer expects.
 *
 * @throws AwsFault `PreconditionFailed`, `NoSuchKey`
 */
export function requireWritable(headers: ReceivedRequest["headers"], object: StoredObject | undefined): void {
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (ifMatch !== undefined && object === undefined)
    throw new AwsFault(404, "NoSuchKey", "The specified key does not exist.");
  if (ifMatch !== undefined && !includesEtag(ifMatch, object)) throw preconditionFailed();
  if (ifNoneMatch !== undefined && includesEtag(ifNoneMatch, object)) throw preconditionFailed();
}

/** Whether a reader already has this object. Throws `PreconditionFailed` if the reader asked for another one. */
export function isUnchanged(headers: ReceivedRequest["headers"], object: StoredObject): boolean {
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (ifMatch !== undefined && !includesEtag(ifMatch, object)) throw preconditionFailed();
  return ifNoneMatch !== undefined && includesEtag(ifNoneMatch, object);
}

function includesEtag(etags: string, object: StoredObject | undefined): boolean {
  if (object === undefined) return false;
  const bare = object.etag.replaceAll('"', "");
  return etags.split(",").some((etag) => ["*", bare].includes(etag.trim().replaceAll('"', "")));
}

function preconditionFailed(): AwsFault {
  return new AwsFault(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
  );
}
