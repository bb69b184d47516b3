import type * as z from "zod/mini";

type Flat<T> = T extends object ? { [Member in keyof T]: Flat<T[Member]> } : T;
type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? unknown : never;

/**
 * Holds a schema to a type, member by member. A schema with a member too many, too few or of another type does not
 * compile, so that the document cannot drift from the contract.
 *
 * @example const answer = exactly<StoragesAnswer>()(z.object({ Storages: z.array(summary) }));
 */
export function exactly<Type>() {
  return <Schema extends z.ZodMiniType>(schema: Schema & Same<z.output<Schema>, Type>): Schema => schema;
}
