import fc from "fast-check";

/** One action, with an input that lacks nothing but the table's name. */
export interface TableOperation {
  action: string;
  input: Readonly<Record<string, unknown>>;
}

/** The keys that operations write to. */
export const keys = ["0a", "1b", "2c"];

const numberNames = ["#generation", "claimedUntil", "#ttl", "dueShard", "#dueShard", "dueAt", "#dueAt"];
const textNames = ["#sealed", "failedCode"];

// Expressions carry their meaning in their aliases, so that each generated text has its names and values:
// `#ttl` is the attribute `ttl`, `:n5` is 5, `:m5` is -5 and `:sx` is "x".
const numberName = fc.constantFrom(...numberNames);
const textName = fc.constantFrom(...textNames);
const name = fc.oneof({ weight: 3, arbitrary: numberName }, textName, fc.constant("#key"));
const number = fc.constantFrom(":n0", ":n1", ":n2", ":n3", ":m1");
const text = fc.constantFrom(":sx", ":sy", ":s0a");

const comparison = fc
  .tuple(fc.oneof(numberName, name), fc.constantFrom("=", "<>", "<", "<=", ">", ">="), fc.oneof(number, text))
  .chain(([one, sign, other]) => fc.constantFrom(`${one} ${sign} ${other}`, `${other} ${sign} ${one}`));
const existence = fc.oneof(
  name.map((of) => `attribute_exists(${of})`),
  name.map((of) => `attribute_not_exists ( ${of} )`),
);

const { condition } = fc.letrec<{ condition: string; joined: string }>((tie) => ({
  condition: fc.oneof({ maxDepth: 3, depthSize: "small" }, comparison, existence, tie("joined")),
  joined: fc
    .tuple(tie("condition"), fc.constantFrom("AND", "OR", "and", "or"), tie("condition"))
    .chain(([one, word, other]) =>
      fc.constantFrom(
        `${one} ${word} ${other}`,
        `(${one}) ${word} ${other}`,
        `${one} ${word} (${other})`,
        `(${one} ${word} ${other})`,
      ),
    ),
}));

const summand = fc.oneof(
  { weight: 3, arbitrary: number },
  numberName,
  fc.tuple(numberName, number).map(([of, value]) => `if_not_exists(${of}, ${value})`),
  fc.constant("if_not_exists(dueAt, if_not_exists(#ttl, :n1))"),
);
const sum = fc.oneof(
  { weight: 3, arbitrary: summand },
  fc.tuple(summand, fc.constantFrom(" + ", " - ", "-"), summand).map((parts) => parts.join("")),
);
const set = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(numberName, sum).map((sides) => sides.join(" = ")) },
  { weight: 2, arbitrary: fc.tuple(textName, text).map((sides) => sides.join(" = ")) },
);
const sets = fc.array(set, { minLength: 1, maxLength: 3 }).map((all) => `SET ${all.join(", ")}`);
const removes = fc
  .array(fc.oneof(numberName, textName), { minLength: 1, maxLength: 3 })
  .map((all) => `REMOVE ${all.join(",")}`);
const update = fc
  .tuple(sets, removes)
  .chain(([one, other]) => fc.constantFrom(one, other, `${one} ${other}`, `${other} ${one}`));

/** The members that define the aliases in a text. */
function aliased(...expressions: (string | undefined)[]) {
  const all = expressions.join(" ");
  const names = Object.fromEntries(Array.from(all.matchAll(/#(\w+)/g), ([alias, of]) => [alias, of]));
  const values = Object.fromEntries(
    Array.from(all.matchAll(/:([nms])(\w+)/g), ([alias, kind, of = ""]) => [
      alias,
      kind === "s" ? { S: of } : { N: kind === "m" ? `-${of}` : of },
    ]),
  );
  return {
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

const anyKey = fc.constantFrom(...keys).map((S) => ({ key: { S } }));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
const numeral = fc.constantFrom("0", "1", "2", "3", "-1", "007", "1.50", "-0", "0.1", "9007199254740993");
const row = fc.record(
  {
    generation: fc.record({ N: numeral }),
    claimedUntil: fc.record({ N: numeral }),
    dueShard: fc.record({ N: fc.constantFrom("0", "1") }),
    dueAt: fc.record({ N: numeral }),
    ttl: fc.record({ N: numeral }),
    sealed: fc.record({ S: fc.constantFrom("x", "", "y") }),
  },
  { requiredKeys: [] },
);

const getItem = anyKey.map(
  (of): TableOperation => ({ action: "GetItem", input: { Key: of, ConsistentRead: true } }),
);
const batchGetItem = fc.uniqueArray(fc.constantFrom(...keys, "none"), { minLength: 1 }).map(
  (all): TableOperation => ({
    action: "BatchGetItem",
    input: { Keys: all.map((S) => ({ key: { S } })), ConsistentRead: true },
  }),
);
const putItem = fc.tuple(anyKey, row, maybe(condition)).map(
  ([of, attributes, ConditionExpression]): TableOperation => ({
    action: "PutItem",
    input: { Item: { ...attributes, ...of }, ConditionExpression, ...aliased(ConditionExpression) },
  }),
);
const deleteItem = fc.tuple(anyKey, maybe(condition)).map(
  ([of, ConditionExpression]): TableOperation => ({
    action: "DeleteItem",
    input: { Key: of, ConditionExpression, ...aliased(ConditionExpression) },
  }),
);
const updateItem = fc
  .tuple(anyKey, update, maybe(condition), maybe(fc.constantFrom("NONE", "ALL_NEW", "UPDATED_NEW")))
  .map(
    ([of, UpdateExpression, ConditionExpression, ReturnValues]): TableOperation => ({
      action: "UpdateItem",
      input: {
        Key: of,
        UpdateExpression,
        ConditionExpression,
        ReturnValues,
        ...aliased(UpdateExpression, ConditionExpression),
      },
    }),
  );
const query = fc
  .tuple(
    fc.constantFrom("dueShard = :n0", "#dueShard = :n1"),
    maybe(
      fc
        .tuple(fc.constantFrom("dueAt", "#dueAt"), fc.constantFrom("=", "<", "<=", ">", ">="), number)
        .map((parts) => ` AND ${parts.join(" ")}`),
    ),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([shard, at = "", Limit]): TableOperation => {
    const KeyConditionExpression = `${shard}${at}`;
    const input = { IndexName: "due", KeyConditionExpression, Limit, ...aliased(KeyConditionExpression) };
    return { action: "Query", input };
  });

/** Operations that are wrong in themselves, as faulty code would make them. */
export const faulty: TableOperation[] = [
  { action: "GetItem", input: { Key: { key: { N: "1" } } } },
  { action: "GetItem", input: { Key: { key: { S: "" } } } },
  { action: "GetItem", input: { Key: { other: { S: "0a" } } } },
  { action: "GetItem", input: { Key: { key: { S: "0a" }, dueAt: { N: "1" } } } },
  { action: "BatchGetItem", input: { Keys: [] } },
  { action: "BatchGetItem", input: { Keys: [{ key: { N: "1" } }] } },
  { action: "BatchGetItem", input: { Keys: ["0a", "1b", "0a"].map((S) => ({ key: { S } })) } },
  {
    action: "BatchGetItem",
    input: { Keys: Array.from({ length: 101 }, (_, n) => ({ key: { S: `${n}` } })) },
  },
  { action: "PutItem", input: { Item: { key: { S: "0a" }, dueAt: { S: "x" } } } },
  { action: "PutItem", input: { Item: { dueAt: { N: "1" } } } },
  { action: "DeleteItem", input: { Key: { key: { S: "0a" } }, ConditionExpression: "" } },
  ...[
    { ConditionExpression: "#a = :n1", ...aliased(":n1") },
    { ConditionExpression: "#ttl = :b", ...aliased("#ttl") },
    { ConditionExpression: "#ttl = :b", ...aliased("#ttl :n1") },
    { ConditionExpression: "#ttl = :n1", ...aliased("#ttl :n1 :n2") },
    { ConditionExpression: "#ttl = :n1", ...aliased("#ttl #sealed :n1") },
    { ConditionExpression: "((#ttl = :n1))", ...aliased("#ttl :n1") },
    { ConditionExpression: "#ttl = :n1 AND", ...aliased("#ttl :n1") },
    { ConditionExpression: "#ttl == :n1", ...aliased("#ttl :n1") },
    { ConditionExpression: "ttl = :n1", ...aliased(":n1") },
    { ConditionExpression: "#ttl = #ttl", ...aliased("#ttl") },
    { ConditionExpression: "attribute_exists(:n1)", ...aliased(":n1") },
    { ConditionExpression: "(#ttl = :n1", ...aliased("#ttl :n1") },
    { UpdateExpression: "SET #ttl = :n1 SET #dueAt = :n1", ...aliased("#ttl #dueAt :n1") },
    { UpdateExpression: "SET #ttl = :n1, #ttl = :n1", ...aliased("#ttl :n1") },
    { UpdateExpression: "SET #ttl = :n1 REMOVE #ttl", ...aliased("#ttl :n1") },
    { UpdateExpression: "SET #key = :s0a", ...aliased("#key :s0a") },
    { UpdateExpression: "REMOVE #key", ...aliased("#key") },
    { UpdateExpression: "SET #sealed = :sx + :n1", ...aliased("#sealed :sx :n1") },
    { UpdateExpression: "SET #ttl = #ttl + :n1,", ...aliased("#ttl :n1") },
    { UpdateExpression: "#ttl = :n1", ...aliased("#ttl :n1") },
    { UpdateExpression: "" },
    { ExpressionAttributeNames: { "#ttl": "ttl" } },
    { UpdateExpression: "REMOVE claimedUntil", ExpressionAttributeNames: {} },
    { UpdateExpression: "REMOVE claimedUntil", ExpressionAttributeValues: {} },
    { UpdateExpression: "REMOVE claimedUntil", ReturnValues: "ALL" },
    {},
  ].map((input) => ({ action: "UpdateItem", input: { Key: { key: { S: "0a" } }, ...input } })),
  ...[
    { KeyConditionExpression: "dueAt = :n1", ...aliased(":n1") },
    { KeyConditionExpression: "dueShard < :n1", ...aliased(":n1") },
    { KeyConditionExpression: "dueShard = :sx", ...aliased(":sx") },
    { KeyConditionExpression: "dueShard = :n0 AND #ttl = :n1", ...aliased("#ttl :n0 :n1") },
    { KeyConditionExpression: "dueShard = :n0 AND dueAt <> :n1", ...aliased(":n0 :n1") },
    { KeyConditionExpression: "dueShard = :n0 OR dueAt < :n1", ...aliased(":n0 :n1") },
    { KeyConditionExpression: "dueShard = :n0", ...aliased(":n0"), IndexName: "other" },
    { KeyConditionExpression: "dueShard = :n0", ...aliased(":n0"), Limit: 0 },
    { KeyConditionExpression: "dueShard = :n0", ...aliased(":n0"), ExclusiveStartKey: { key: { S: "0a" } } },
    ...[
      ["0", "1"],
      ["1", "2"],
    ].map(([shard, at]) => ({
      KeyConditionExpression: "dueShard = :n0 AND dueAt > :n1",
      ...aliased(":n0 :n1"),
      ExclusiveStartKey: { key: { S: "0a" }, dueShard: { N: shard }, dueAt: { N: at } },
    })),
  ].map((input) => ({ action: "Query", input: { IndexName: "due", Limit: 3, ...input } })),
];

const digit = fc.constantFrom("0", "1", "2", "3");

/** Whole rows that are near to each other: equal, neighbours, or due at the same time. */
export const firstPuts: fc.Arbitrary<TableOperation[]> = fc.tuple(
  ...keys.map((S) =>
    fc
      .record({
        generation: fc.record({ N: digit }),
        claimedUntil: fc.record({ N: digit }),
        dueShard: fc.record({ N: fc.constantFrom("0", "1") }),
        dueAt: fc.record({ N: digit }),
        ttl: fc.record({ N: digit }),
        sealed: fc.record({ S: fc.constantFrom("x", "y") }),
      })
      .map((row): TableOperation => ({ action: "PutItem", input: { Item: { key: { S }, ...row } } })),
  ),
);

/** Operations that keyvend sends to its table, others that it could send, and others that it must not send. */
export const operation: fc.Arbitrary<TableOperation> = fc.oneof(
  { weight: 8, arbitrary: updateItem },
  { weight: 2, arbitrary: putItem },
  { weight: 2, arbitrary: query },
  { weight: 1, arbitrary: getItem },
  { weight: 1, arbitrary: batchGetItem },
  { weight: 1, arbitrary: deleteItem },
  { weight: 1, arbitrary: fc.constantFrom(...faulty) },
);
