import type { PolicyStatement } from "./policy-document.ts";

/** A list in which statements may differ, and the statement with another in its place. */
interface List {
  values: readonly string[];
  withValues(values: readonly string[]): PolicyStatement;
}

/**
 * The same statements in fewer. Callers that may do the same stand together, as do patterns and resources, and then actions that the
 * same may do on the same.
 *
 * @example joinStatements([...trustIn([user], facts), ...trustIn([vend, warm], facts)])
 */
export function joinStatements(statements: readonly PolicyStatement[]): PolicyStatement[] {
  return [callersIn, patternsIn, resourcesIn, actionsIn].reduce(joined, [...statements]);
}

function joined(statements: PolicyStatement[], listIn: (statement: PolicyStatement) => List) {
  const alike = Map.groupBy(statements.map(listIn), ({ withValues }) => JSON.stringify(withValues([])));
  return [...alike.values()].flatMap(([first, ...others]) =>
    first ? [first.withValues([...new Set([first, ...others].flatMap(({ values }) => values))])] : [],
  );
}

function callersIn(statement: PolicyStatement): List {
  const { ArnEquals, ...others } = statement.Condition ?? {};
  if (ArnEquals === undefined) return { values: [], withValues: () => statement };
  return {
    values: [ArnEquals["aws:PrincipalArn"] ?? []].flat(),
    withValues: (arns) => ({
      ...statement,
      Condition: { ArnEquals: { "aws:PrincipalArn": arns }, ...others },
    }),
  };
}

/** Of one key alone: two keys have to be met at once, so that their lists do not add up. */
function patternsIn(statement: PolicyStatement): List {
  const { StringLike = {}, ...others } = statement.Condition ?? {};
  const [compared, ...more] = Object.entries(StringLike);
  if (compared === undefined || more.length > 0) return { values: [], withValues: () => statement };
  const [key, patterns] = compared;
  return {
    values: [patterns].flat(),
    withValues: (values) => ({ ...statement, Condition: { ...others, StringLike: { [key]: values } } }),
  };
}

function resourcesIn(statement: PolicyStatement): List {
  const { Resource } = statement;
  if (Resource === undefined) return { values: [], withValues: () => statement };
  return { values: Resource, withValues: (resources) => ({ ...statement, Resource: resources }) };
}

function actionsIn(statement: PolicyStatement): List {
  return { values: statement.Action, withValues: (Action) => ({ ...statement, Action }) };
}
