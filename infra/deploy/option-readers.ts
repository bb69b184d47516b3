/** What an option must be, and how its value is read: as YAML has it, or as text of a command line. */
export interface OptionReader<T> {
  must: string;
  /** `undefined` for a value that it must not be. */
  read(value: unknown): T | undefined;
}

export function text(form: RegExp, must: string): OptionReader<string> {
  return { must, read: (value) => (typeof value === "string" && form.test(value) ? value : undefined) };
}

export function list(form: RegExp, most: number, what: string): OptionReader<string[]> {
  return {
    must: `1 to ${most} ${what}, with commas between them`,
    read(value) {
      const items: unknown[] =
        typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
      const isSound = items.every((item): item is string => typeof item === "string" && form.test(item));
      const isWithin = items.length > 0 && items.length <= most && new Set(items).size === items.length;
      return isSound && isWithin ? items : undefined;
    },
  };
}

export function flag(): OptionReader<boolean> {
  const values = new Map<unknown, boolean>([
    [true, true],
    ["true", true],
    [false, false],
    ["false", false],
  ]);
  return { must: "true or false", read: (value) => values.get(value) };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "string") return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

export function wholeNumber(least: number, most: number): OptionReader<number> {
  return {
    must: `a whole number from ${least} to ${most}`,
    read(value) {
      const number = numberOf(value);
      return number !== undefined && number >= least && number <= most ? number : undefined;
    },
  };
}

export function oneOf(values: readonly number[]): OptionReader<number> {
  return {
    must: `one of ${values.join(", ")}`,
    read: (value) => values.find((one) => one === numberOf(value)),
  };
}

/**
 * AWS takes 50 tags of a resource, of which CloudFormation and Serverless set some. These signs are those that every service takes.
 */
export function tags(most: number): OptionReader<Record<string, string>> {
  const key = /^(?!aws:)[\w .:/=+-]{1,128}$/i;
  const content = /^[\w .:/=+@-]{0,256}$/;
  return {
    must: `1 to ${most} tags such as team=data,stage=prod, whose keys and values are text of letters, digits, spaces and _.:/=+-`,
    read(value) {
      const entries: unknown[][] = typeof value === "string" ? tagsIn(value) : Object.entries(value ?? {});
      const isSound = entries.every(
        (entry): entry is [string, string] =>
          entry.length === 2 &&
          key.test(String(entry[0])) &&
          typeof entry[1] === "string" &&
          content.test(entry[1]),
      );
      if (!isSound || Array.isArray(value)) return undefined;
      const read = Object.fromEntries(entries);
      const count = Object.keys(read).length;
      return count > 0 && count <= most && count === entries.length ? read : undefined;
    },
  };
}

/** A tag without an equals sign has no value, and is none. */
function tagsIn(text: string): string[][] {
  return text.split(",").map((tag) => tag.split(/=(.*)/s, 2));
}
