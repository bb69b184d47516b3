import { type CallersStatement, prefixKey, serviceKey, type Term } from "./caller-policy-document.ts";
import { anything, covers, type Glob, overlap, writeGlob } from "./caller-policy-glob.ts";
import { type Granted, names, takesPrefix } from "./caller-policy-rights.ts";

/** The most sentences, and the most characters of them; behind them stands how many there are more. */
const mostSentences = 20;
const mostCharacters = 2_000;

/**
 * What an Allow of the caller says and the grant does not, in sentences for the operator, each once and in the caller's order.
 * They explain the result and decide nothing.
 *
 * @param inForce the Denies that take something of the grant away
 */
export function removedFrom(
  statements: readonly CallersStatement[],
  granted: Granted,
  inForce: readonly CallersStatement[],
): string[] {
  const sentences = statements.flatMap((statement) => {
    if (statement.effect === "Allow") return beyond(statement, granted);
    return inForce.includes(statement) ? [deniedBy(statement)] : [];
  });
  const distinct = [...new Set(sentences)];
  let characters = 0;
  const told = distinct.slice(0, mostSentences).filter((sentence) => {
    characters += sentence.length;
    return characters <= mostCharacters;
  });
  const more = distinct.length - told.length;
  return more > 0 ? [...told, `And ${more} more.`] : told;
}

function beyond(allow: CallersStatement, { onS3, onKeys, service }: Granted): string[] {
  const ours = [...onS3, ...onKeys];
  const named = ours.filter(({ actions }) => actions.some((action) => names(allow, action)));
  const places = named.flatMap(({ resources }) => resources);
  const prefixes = named
    .filter(({ actions }) => actions.some((action) => takesPrefix(action) && names(allow, action)))
    .flatMap(({ values }) => values ?? [anything]);
  return [
    ...allow.actions.flatMap(({ text, glob }) => {
      const all = ours.flatMap(({ actions }) =>
        actions.filter((action) => covers(glob, action.toLowerCase())),
      );
      if (all.length === 0) return [`${text} is not granted.`];
      const isPlain = /^([^*?]*|(.*:)?\*)$/.test(text);
      return isPlain ? [] : [`Of ${text}, the grant has ${[...new Set(all)].join(", ")}.`];
    }),
    // Where no action is granted, that is the reason.
    ...(named.length > 0 ? allow.resources.flatMap((resource) => beyondPlaces(resource, places)) : []),
    ...allow.conditions.flatMap(({ key, values }) => {
      if (key === prefixKey && prefixes.length > 0)
        return values.flatMap((value) => beyondPlaces(value, prefixes, "The prefix "));
      const isOtherService = key === serviceKey && service !== undefined;
      return isOtherService && !values.some(({ glob }) => covers(glob, service))
        ? [`Keys are granted through ${writeGlob(service)} alone.`]
        : [];
    }),
  ];
}

function beyondPlaces({ text, glob }: Term, places: readonly Glob[], noun = ""): string[] {
  if (glob === anything || places.some((place) => covers(place, glob))) return [];
  return places.some((place) => overlap(place, glob))
    ? [`${noun}${text} is allowed as far as the grant reaches.`]
    : [`${noun}${text} is outside of the grant.`];
}

function deniedBy({ actions, resources, conditions }: CallersStatement): string {
  const texts = (terms: readonly Term[]) => terms.map(({ text }) => text).join(", ");
  const when = conditions.length > 0 ? ", under its conditions" : "";
  return `The policy itself denies ${texts(actions)} on ${texts(resources)}${when}.`;
}
