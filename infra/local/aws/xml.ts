/** An element that is already escaped. Only `element` makes one. */
export interface XmlElement {
  readonly xml: string;
}

export type Content = string | number | boolean | XmlElement | readonly XmlElement[] | undefined;

/**
 * An element that contains text or other elements. `undefined` adds nothing to it.
 *
 * @example element("Key", "a&b").xml // "<Key>a&amp;b</Key>"
 */
export function element(name: string, ...contents: readonly Content[]): XmlElement {
  return { xml: `<${name}>${contents.map(render).join("")}</${name}>` };
}

/** The element of a value, or none if there is no value. */
export function optionalElement(name: string, value: string | number | undefined): XmlElement[] {
  return value === undefined ? [] : [element(name, value)];
}

/** A whole document, with its root element in this namespace. */
export function document(
  name: string,
  namespace: string | undefined,
  ...contents: readonly Content[]
): string {
  const xmlns = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${xmlns}>${contents.map(render).join("")}</${name}>`;
}

/**
 * The contents of each `<name>` in the text, unchanged; `undefined` if one is not closed. It is made for the flat
 * bodies that S3 accepts, in which no element contains another of its own name.
 */
export function contentsOf(name: string, xml: string): string[] | undefined {
  const contents: string[] = [];
  for (let at = 0; ; ) {
    const tagStart = xml.indexOf(`<${name}>`, at);
    if (tagStart < 0) return contents;
    const start = tagStart + name.length + 2;
    const end = xml.indexOf(`</${name}>`, start);
    if (end < 0) return undefined;
    contents.push(xml.slice(start, end));
    at = end;
  }
}

/**
 * The text of the only `<name>`; `undefined` if there is none, if there are more, or if one contains another element.
 */
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
  // Control characters are escaped too: S3 answers with references to them, although XML 1.0 does not allow these.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are escaped here.
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
