import * as z from "zod/mini";
import type { Change } from "../shared/core/revocation-changes.ts";

const text = (most: number) => {
  const rule = `must be 1 to ${most} characters, and no control characters`;
  return z.string(rule).check(z.minLength(1, rule), z.maxLength(most, rule), z.regex(/^\P{Cc}*$/u, rule));
};

const kinds = ["principal", "grant", "storage", "access-key"] as const;
const flushKinds = ["storage", "session-name", "all"] as const;
const oneOf = (words: readonly string[]) => `must be one of ${words.join(", ")}`;
const name = text(1_000);

const anObject = "must be an object";

const targetShape = {
  kind: z.enum(kinds, oneOf(kinds)),
  name,
  issuer: z.exactOptional(text(200)),
};
type Target = { kind: string; name?: string; issuer?: string };

/** Holds for a target of any kind. */
const isWhole = [
  z.refine<Target>(({ kind, issuer }) => (issuer !== undefined) === (kind === "principal"), {
    error: "must be given for a principal, and for nothing else",
    path: ["issuer"],
  }),
  z.refine<Target>(({ kind, name = "" }) => kind !== "access-key" || /^\w{16,128}$/.test(name), {
    error: "must be an access key id: 16 to 128 letters and digits",
    path: ["name"],
  }),
] as const;

const flushTarget = z
  .strictObject({ kind: z.enum(flushKinds, oneOf(flushKinds)), name: z.exactOptional(name) }, anObject)
  .check(
    z.refine<Target>(({ kind, name }) => (name === undefined) === (kind === "all"), {
      error: "must be given for everything but all",
      path: ["name"],
    }),
  );

const revokeEvent = z
  .strictObject(
    {
      revoke: z.exactOptional(
        z
          .strictObject(
            { ...targetShape, by: z.exactOptional(text(200)), note: z.exactOptional(text(200)) },
            anObject,
          )
          .check(...isWhole),
      ),
      alsoFlush: z.exactOptional(z.array(flushTarget).check(z.maxLength(100, "has at most 100 targets"))),
      undo: z.exactOptional(z.strictObject(targetShape, anObject).check(...isWhole)),
      flush: z.exactOptional(flushTarget),
    },
    anObject,
  )
  .check(
    z.refine(({ revoke, undo, flush }) => [revoke, undo, flush].filter(Boolean).length <= 1, {
      error: "has one of revoke, undo and flush, or nothing",
    }),
    z.refine(({ alsoFlush, revoke }) => alsoFlush === undefined || revoke !== undefined, {
      error: "goes with revoke alone",
      path: ["alsoFlush"],
    }),
  );

/**
 * Reads the event that the revoke function was invoked with; an empty one asks for the record alone.
 *
 * @throws Error that names each member which is wrong.
 * @example readRevokeEvent({ revoke: { kind: "principal", name: "alice", issuer: "corp" } })
 */
export function readRevokeEvent(event: unknown): Change | undefined {
  const { data, error } = revokeEvent.safeParse(event);
  if (error !== undefined) {
    const faults = error.issues.map(({ path, message, ...issue }) =>
      issue.code === "unrecognized_keys"
        ? `${[...path, issue.keys.join(", ")].join(".")} is not known`
        : `${path.join(".") || "The event"} ${message}`,
    );
    throw new Error(`${faults.join("; ")}.`);
  }
  const { revoke, alsoFlush = [], undo, flush } = data;
  if (revoke) return { revoke, alsoFlush: alsoFlush.map(named) };
  if (undo) return { undo };
  return flush && { flush: named(flush) };
}

function named({ kind, name = "" }: z.infer<typeof flushTarget>) {
  return { kind, name };
}
