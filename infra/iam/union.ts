import type { Statement } from "../../shared/core/policy.ts";

/** One action of a statement, with the list in which such statements differ: resources, or what a condition compares. */
interface Right {
  action: string;
  /** All that is not the list. */
  setting: Pick<Statement, "Effect"> & { conditional?: Conditional };
  /** Each is a text, or all that begins with one. */
  places: string[];
}

/** A comparison of one key by `StringLike`, and the rest of its statement. */
interface Conditional {
  key: string;
  others: NonNullable<Statement["Condition"]>;
  resources: readonly string[];
}

/**
 * What all of these statements allow together and nothing else, in few statements. It takes what `statementsOf` of core
 * writes: a statement with a condition compares one key by `StringLike`, and a `*` stands at the end of a text.
 *
 * @example unionOf([...statementsOf(raw, storage), ...statementsOf(staging, storage)])
 */
export function unionOf(statements: readonly Statement[]): Statement[] {
  const alike = Map.groupBy(statements.flatMap(rightsIn), ({ action, setting }) =>
    JSON.stringify([action, setting]),
  );
  const rights = [...alike.values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, places: mergePlaces([first, ...others].flatMap(({ places }) => places)) }] : [],
  );
  const needed = rights.filter((right) => !rights.some((other) => holdsWithout(other, right)));
  const together = Map.groupBy(needed, ({ setting, places }) => JSON.stringify([setting, places]));
  return [...together.values()].flatMap((same) => {
    const [first] = same;
    return first
      ? [
          statementOf(
            first,
            same.map(({ action }) => action),
          ),
        ]
      : [];
  });
}

function rightsIn({ Effect, Action, Resource, Condition }: Statement): Right[] {
  const { StringLike = {}, ...others } = Condition ?? {};
  const [compared] = Object.entries(StringLike);
  return Action.map((action) => {
    if (compared === undefined) return { action, setting: { Effect }, places: [...Resource] };
    const [key, places] = compared;
    return {
      action,
      setting: { Effect, conditional: { key, others, resources: Resource } },
      places: [...places],
    };
  });
}

function statementOf({ setting: { Effect, conditional }, places }: Right, Action: string[]): Statement {
  if (conditional === undefined) return { Effect, Action, Resource: places };
  const { key, others, resources } = conditional;
  return { Effect, Action, Resource: resources, Condition: { ...others, StringLike: { [key]: places } } };
}

/** Does a right without a condition contain this one, which has one? */
function holdsWithout(one: Right, { action, setting: { conditional } }: Right): boolean {
  return (
    one.action === action &&
    one.setting.conditional === undefined &&
    conditional?.resources.every((resource) => one.places.includes(resource)) === true
  );
}

/** The same places in the fewest texts, sorted. */
function mergePlaces(places: readonly string[]): string[] {
  const sorted = [...new Set(places)].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  let folder: string | undefined;
  return sorted.filter((place) => {
    // All that begins with a text follows right behind it.
    if (folder !== undefined && place.startsWith(folder)) return false;
    if (place.endsWith("*")) folder = place.slice(0, -1);
    return true;
  });
}

/** A text with a star at its end comes right before all that it stands for: no other character is as low. */
function orderOf(place: string): string {
  return place.endsWith("*") ? place.slice(0, -1) : `${place}\0`;
}
