import type { FieldFault } from "../../shared/contract.ts";
import { VendError } from "../../shared/core/errors.ts";
import { mostPolicyCharacters } from "../../shared/core/policy.ts";
import type { HttpRequest } from "../http.ts";

/** Query and body together, in bytes. An identity token has at most 20,000 characters, and a policy 2,048. */
const mostBytes = 65_536;
/** Fifty tags are a hundred of them. */
const mostMembers = 200;

/** The members of one request, decoded, each under its name. */
export type Members = ReadonlyMap<string, string>;

/**
 * Reads the members of STS's query protocol. Most clients put them into the body, and some all of them into the query: where a
 * member stands decides nothing, and none may stand twice.
 *
 * @throws VendError `invalid_request`
 * @example readMembers({ query: "", body: Buffer.from("Action=GetCallerIdentity") }).get("Action") // "GetCallerIdentity"
 */
export function readMembers({ query, body = Buffer.of() }: Pick<HttpRequest, "query" | "body">): Members {
  if (Buffer.byteLength(query) + body.length > mostBytes)
    throw new VendError("invalid_request", "A request must be at most 65,536 bytes long.");
  const texts = [query, Buffer.from(body).toString("utf8")];
  // Counted before they are parsed: anybody may send them.
  if (texts.join("&").split("&", mostMembers + 2).length > mostMembers + 1)
    throw new VendError("invalid_request", `A request must have at most ${mostMembers} members.`);
  const members = new Map<string, string>();
  for (const text of texts) {
    for (const [name, value] of new URLSearchParams(text)) {
      if (members.has(name)) throw invalidMember(name, "must be given once");
      // What is not UTF-8 is decoded to this character, and so two texts would be one.
      if (`${name}${value}`.includes("\ufffd")) throw invalidMember(name, "must be UTF-8");
      members.set(name, value);
    }
  }
  return members;
}

/** Lists. Some SDKs send the name of one that is empty, with an empty value. */
const lists = ["Tags", "TransitiveTagKeys", "PolicyArns", "ProvidedContexts"];

/**
 * Refuses every member that the action does not know. STS ignores those; but its callers would believe in rules that nobody
 * applies, such as those of a managed policy.
 *
 * @param known the names of the action's members; a list counts as known by its own name
 */
export function refuseUnknown(members: Members, known: readonly string[]): void {
  for (const [name, value] of members) {
    const [list = ""] = name.split(".", 1);
    if (known.includes(name) || (list !== name && known.includes(`${list}.`))) continue;
    if (lists.includes(name) && value === "") continue;
    throw invalidMember(name, "is not supported here");
  }
}

/** What a member's value may be, as STS has it. */
interface TextRule {
  least: number;
  most: number;
  /** The whole value must match it. */
  form?: RegExp;
}

/** STS's own limit of a token. It is more than a header can hold. */
export const mostTokenCharacters = 20_000;

const rules = {
  // Whatever stands there and is not understood is refused as a role.
  RoleArn: { least: 0, most: mostBytes },
  RoleSessionName: { least: 2, most: 64, form: /^[\w+=,.@-]*$/ },
  WebIdentityToken: { least: 4, most: mostTokenCharacters },
  Policy: { least: 1, most: mostPolicyCharacters },
  ExternalId: { least: 2, most: 1_224, form: /^[\w+=,.@:/-]*$/ },
  DurationSeconds: { least: 1, most: 20, form: /^\d+$/ },
} satisfies Record<string, TextRule>;

/**
 * A member's value, or `undefined` where it is not given.
 *
 * @throws VendError `invalid_request`, which names the member and never shows its value
 * @example textOf(members, "RoleSessionName") // "botocore-session-1795359600"
 */
export function textOf(members: Members, name: keyof typeof rules): string | undefined {
  const value = members.get(name);
  if (value === undefined) return undefined;
  const { least, most, form }: TextRule = rules[name];
  if (value.length < least) throw invalidMember(name, `must have length greater than or equal to ${least}`);
  if (value.length > most) throw invalidMember(name, `must have length less than or equal to ${most}`);
  if (form?.test(value) === false)
    throw invalidMember(name, `must satisfy regular expression pattern: ${form.source}`);
  return value;
}

/**
 * The session tags of a request.
 *
 * @throws VendError `invalid_request` for a tag without a key or a value, and for two of one key.
 * @example tagsOf(members) // { team: "data" }
 */
export function tagsOf(members: Members): Record<string, string> {
  const tags = new Map<string, string>();
  for (const name of members.keys()) {
    if (!name.startsWith("Tags.")) continue;
    const [, tag, part] = /^(Tags\.member\.[1-9]\d?)\.(Key|Value)$/.exec(name) ?? [];
    if (part === undefined) throw invalidMember(name, "is not supported here");
    const [key, value] = [members.get(`${tag}.Key`), members.get(`${tag}.Value`)];
    if (key === undefined || value === undefined)
      throw invalidMember(name, "must be one of two: each tag has a Key and a Value");
    if (part === "Value") continue;
    const isTwin = [...tags.keys()].some((other) => other.toLowerCase() === key.toLowerCase());
    if (isTwin) throw invalidMember(name, "must differ from the other keys, in more than case");
    tags.set(key, value);
  }
  // Defined one by one: a tag may be named as a property that every object has.
  return Object.fromEntries(tags);
}

/**
 * The keys of the tags that are to stay through further roles, sorted.
 *
 * @throws VendError `invalid_request` for a member that is none of such a list
 * @example transitiveTagKeysOf(members) // ["team"]
 */
export function transitiveTagKeysOf(members: Members): string[] {
  const keys = new Set<string>();
  for (const [name, key] of members) {
    if (!name.startsWith("TransitiveTagKeys.")) continue;
    if (!/^TransitiveTagKeys\.member\.[1-9]\d?$/.test(name))
      throw invalidMember(name, "is not supported here");
    keys.add(key);
  }
  return [...keys].sort();
}

/** Whatever else stands in a name's place may be a token that was put into the wrong place, and messages are logged. */
const nameForm = /^[A-Z][A-Za-z0-9.]{0,63}$/;

/** The refusal of a member. Its value is never shown. */
export function invalidMember(name: string, message: string): VendError {
  const fault: FieldFault = { field: nameForm.test(name) ? name : "A member", message };
  return new VendError("invalid_request", `${fault.field} ${message}.`, { fields: [fault] });
}
