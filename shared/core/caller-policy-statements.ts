import { batches } from "./batches.ts";
import type { CallersCondition } from "./caller-policy-document.ts";
import { type Glob, reduce, writeGlob } from "./caller-policy-glob.ts";
import type { Denial, Right } from "./caller-policy-rights.ts";
import type { Statement } from "./policy.ts";

type Condition = NonNullable<Statement["Condition"]>;

/**
 * Rights and denials as statements, in the fewest characters and in one order: the same rights are the same text, however the
 * caller wrote them.
 *
 * @param service through which keys may be used
 */
export function statementsFor(
  rights: readonly Right[],
  denials: readonly Denial[],
  service: Glob = "",
): Statement[] {
  const anyhow = rights.filter(({ values }) => values === undefined);
  const conditional = rights.filter(({ values }) => values !== undefined);
  const statements = [
    ...grouped(anyhow.map(({ action, resource }) => [action, resource])).map(([actions, resources]) =>
      statement("Allow", actions, resources),
    ),
    ...listStatements(conditional.filter((right) => !isOnKey(right))),
    ...keyStatements(conditional.filter(isOnKey), service),
    ...denyStatements(denials),
  ];
  return sortedBy(statements, (one) => JSON.stringify(one));
}

function isOnKey({ action }: Right): boolean {
  return action.startsWith("kms:");
}

function listStatements(rights: readonly Right[]): Statement[] {
  return batches(rights, ({ resource }) => resource).flatMap((ofBucket) => {
    const pairs = ofBucket.flatMap(({ action, values = [] }) => values.map((value): Pair => [action, value]));
    return grouped(pairs).map(([actions, values]) =>
      statement("Allow", actions, [ofBucket[0].resource], {
        StringLike: { "s3:prefix": values.map(writeGlob) },
      }),
    );
  });
}

function keyStatements(rights: readonly Right[], service: Glob): Statement[] {
  return batches(rights, ({ values = [] }) => JSON.stringify(values)).flatMap((alike) => {
    const contexts = (alike[0].values ?? []).map(writeGlob);
    return grouped(alike.map(({ action, resource }) => [action, resource])).map(([actions, resources]) =>
      statement("Allow", actions, resources, {
        StringEquals: { "kms:ViaService": [writeGlob(service)] },
        StringLike: { "kms:EncryptionContext:aws:s3:arn": contexts },
      }),
    );
  });
}

function denyStatements(denials: readonly Denial[]): Statement[] {
  const written = denials.map((denial) => ({ ...denial, condition: conditionOf(denial.conditions) }));
  return batches(written, ({ condition }) => JSON.stringify(condition) ?? "").flatMap((alike) => {
    const pairs = batches(alike, ({ action }) => action).flatMap((ofAction) =>
      reduce(ofAction.map(({ resource }) => resource)).map(
        (resource): Pair => [ofAction[0].action, resource],
      ),
    );
    return grouped(pairs).map(([actions, resources]) =>
      statement("Deny", actions, resources, alike[0].condition),
    );
  });
}

/** The caller's own conditions, in one order. */
function conditionOf(conditions: readonly CallersCondition[]): Condition | undefined {
  if (conditions.length === 0) return undefined;
  const written: Condition = {};
  for (const { operator, key, values } of sortedBy(conditions, (one) => `${one.operator} ${one.key}`)) {
    written[operator] = {
      ...written[operator],
      [key]: reduce(values.map(({ glob }) => glob)).map(writeGlob),
    };
  }
  return written;
}

function statement(
  Effect: Statement["Effect"],
  Action: readonly string[],
  resources: readonly Glob[],
  Condition?: Condition,
): Statement {
  return { Effect, Action, Resource: resources.map(writeGlob), ...(Condition && { Condition }) };
}

/** An action, and a resource or a value. */
type Pair = readonly [string, string];
/** All pairs of two lists. */
type Block = readonly [string[], string[]];

/** Pairs as blocks: of the two ways to cut them into lists, by the actions and by the places, the one that is shorter. */
function grouped(pairs: readonly Pair[]): Block[] {
  const byActions = blocks(pairs);
  const byPlaces = blocks(pairs.map(([action, place]) => [place, action])).map(
    ([places, actions]): Block => [actions, places],
  );
  return JSON.stringify(byPlaces).length < JSON.stringify(byActions).length ? byPlaces : byActions;
}

function blocks(pairs: readonly Pair[]): Block[] {
  const rows = batches(pairs, ([first]) => first).map((ofFirst) => ({
    first: ofFirst[0][0],
    seconds: [...new Set(ofFirst.map(([, second]) => second))].sort(),
  }));
  return batches(rows, ({ seconds }) => JSON.stringify(seconds)).map((alike) => [
    alike.map(({ first }) => first).sort(),
    alike[0].seconds,
  ]);
}

function sortedBy<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  // By code unit, whatever the language of the machine.
  return [...all].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}
