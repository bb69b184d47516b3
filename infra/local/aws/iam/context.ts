/** The facts about a request, by condition key. An array belongs to a multivalued key, whatever its length. */
export type ContextValues = Readonly<Record<string, string | readonly string[]>>;

/** The context with its keys in lower case: IAM compares condition keys without regard to case. */
export type RequestContext = ReadonlyMap<string, string | readonly string[]>;

/** Throws `TypeError` for two keys that differ in case only, since it would be an accident which of them counts. */
export function requestContext(values: ContextValues): RequestContext {
  const context = new Map<string, string | readonly string[]>();
  for (const [key, value] of Object.entries(values)) {
    const name = key.toLowerCase();
    if (context.has(name)) throw new TypeError(`The context gives the key ${name} twice.`);
    context.set(name, value);
  }
  return context;
}
