/** An element that is already escaped; only `element` makes one. */
export interface XmlElement {
  readonly xml: string;
}

export type Content = string | number | boolean | XmlElement | readonly XmlElement[] | undefined;

/**
 * An element with text, or with other elements, in it; `undefined` leaves it out of its parent altogether.
 *
 * @example element("Key", "a&b").xml // "<Key>a&amp;b</Key>"
 */
export function element(name: string, ...contents: readonly Content[]): XmlElement {
  return { xml: `<${name}>${contents.map(render).join("")}</${name}>` };
}

/** The same, or nothing when there is no value. */
export function optionalElement(name: string, value: string | number | undefined): XmlElement[] {
  return value === undefined ? [] : [element(name, value)];
}

/** A whole document, its root in this namespace. */
export function document(
  name: string,
  namespace: string | undefined,
  ...contents: readonly Content[]
): string {
  const xmlns = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${xmlns}>${contents.map(render).join("")}</${name}>`;
}

/**
 * The contents of each `<name>` in the text, as they stand; `undefined` when one is not closed. For the flat bodies
 * that S3 takes, in which no element holds another of its own name.
 */
export function contentsOf(name: string, xml: string): string[] | undefined {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const opening = xml.indexOf(`<${name}>`, at);
    if (opening < 0) return found;
    const start = opening + name.length + 2;
    const end = xml.indexOf(`</${name}>`, start);
    if (end < 0) return undefined;
    found.push(xml.slice(start, end));
    at = end;
  }
}

/** The text of the one `<name>`; `undefined` when there is none, or more, or something other than text in it. */
export function textOf(name: string, xml: string): string | undefined {
  const [content, ...more] = contentsOf(name, xml) ?? [];
  return content === undefined || more.length > 0 || content.includes("<")
    ? undefined
    : unescapeText(content);
}

function render(content: Content): string {
  if (content === undefined) return "";
  if (typeof content !== "object") return escapeText(String(content));
  return [content].flat().reduce((all, { xml }) => all + xml, "");
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function escapeText(text: string): string {
  // Control characters too: S3 answers them as references, though XML 1.0 has no name for them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being escaped.
  return text.replace(/[<>&"'\u0000-\u001f]/g, (character) => {
    const entity = Object.keys(entities).find((name) => entities[name] === character);
    return entity === undefined ? `&#${character.charCodeAt(0)};` : `&${entity};`;
  });
}

function unescapeText(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi,
    (whole, hex, decimal, name) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0x10ffff ? whole : String.fromCodePoint(code);
    },
  );
}
