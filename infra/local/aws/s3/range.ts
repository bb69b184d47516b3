import { AwsFault } from "../aws-fault.ts";

/**
 * The bytes that a `Range` header asks for, with an exclusive end. `undefined` stands for all bytes, also if S3 does
 * not understand the header (for example because it has several ranges).
 *
 * @throws AwsFault `InvalidRange` if the object has none of these bytes
 * @example rangeOf("bytes=0-9", 100) // { start: 0, end: 10 }
 */
export function rangeOf(
  header: string | undefined,
  length: number,
): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length : Math.min(Number(last) + 1, length);
  if (start >= end) throw new AwsFault(416, "InvalidRange", "The requested range is not satisfiable");
  return { start, end };
}
