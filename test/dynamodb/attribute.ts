import { Refused } from "./refused.ts";

/** The two of DynamoDB's types that keyvend uses. */
export type Attribute = { readonly S: string } | { readonly N: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/** Digits after the point; DynamoDB has 38 in all. */
const fractionDigits = 19;

/**
 * One attribute of an input, its number written as DynamoDB writes numbers. Throws `Refused`.
 *
 * @example attributeOf({ N: "007" }) // { N: "7" }
 */
function attributeOf(value: unknown): Attribute {
  const [member, ...others] = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const [type, content] = member ?? [];
  if (others.length === 0 && typeof content === "string") {
    if (type === "S") return Object.freeze({ S: content });
    if (type === "N") return Object.freeze({ N: written(fixedPoint(content)) });
  }
  throw new Refused("An attribute is one text or number: any other type is not simulated.");
}

/** All attributes of a member of an input. Throws `Refused`. */
export function attributesOf(member: unknown): Attributes {
  if (typeof member !== "object" || member === null) throw new Refused("Attributes are expected.");
  return Object.freeze(
    Object.fromEntries(Object.entries(member).map(([name, value]) => [name, attributeOf(value)])),
  );
}

/** Less than, equal to or greater than 0 as DynamoDB orders them; NaN for values that it cannot compare. */
export function orderOf(one: Attribute | undefined, other: Attribute | undefined): number {
  if (one === undefined || other === undefined) return Number.NaN;
  if ("N" in one && "N" in other) {
    const [a, b] = [Number(one.N), Number(other.N)];
    // Nearly all numbers are safe integers, and an index is sorted by them.
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a - b;
    return signOf(fixedPoint(one.N), fixedPoint(other.N));
  }
  if ("S" in one && "S" in other) return signOf(one.S, other.S);
  return Number.NaN;
}

/** `one` plus `sign` times `other`, without a float's error. */
export function sumOf(one: Attribute, sign: 1n | -1n, other: Attribute): Attribute {
  if (!("N" in one && "N" in other)) throw new Refused("An operand has an incorrect data type.");
  return Object.freeze({ N: written(fixedPoint(one.N) + sign * fixedPoint(other.N)) });
}

function signOf<Value extends bigint | string>(one: Value, other: Value): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function fixedPoint(text: string): bigint {
  const [, sign = "", whole = "", fraction = ""] = text.match(/^(-?)(\d{1,19})(?:\.(\d{1,19}))?$/) ?? [];
  if (whole === "") throw new Refused("A number has up to 19 digits before and after its point.");
  return BigInt(`${sign}${whole}${fraction.padEnd(fractionDigits, "0")}`);
}

function written(value: bigint): string {
  const digits = `${value < 0n ? -value : value}`.padStart(fractionDigits + 1, "0");
  const fraction = digits.slice(-fractionDigits).replace(/0+$/, "");
  const whole = digits.slice(0, -fractionDigits);
  return `${value < 0n ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}
