type Child = Node | string | undefined | false;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/**
 * An element with attributes and children. Texts become text, whatever stands in them: there is no other way in this page.
 *
 * @example element("p", { class: "fault" }, "No grant of yours covers this.")
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for pictures. */
export function drawn(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled<Kind extends Element>(made: Kind, attributes: Attributes, children: readonly Child[]): Kind {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** An element of the page, which has to be there. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found as Kind;
}

/** A button that does something. */
export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

/** A list of facts; those without a value are left out. */
export function facts(rows: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  const there = rows.filter(([, value]) => value);
  return element(
    "dl",
    {},
    ...there.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/** A table with a heading for each column. On a narrow screen it is scrolled by itself, also by keys. */
export function table(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const head = columns.map((column) => element("th", { scope: "col" }, column));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element(
    "div",
    { class: "table", role: "region", "aria-label": label, tabindex: "0" },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body)),
  );
}

/** A text to copy, with the button that does so. */
export function copyable(label: string, text: string): HTMLElement {
  const pre = element("pre", { tabindex: "0", role: "region", "aria-label": label }, text);
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`Copied: ${label}.`);
    } catch {
      getSelection()?.selectAllChildren(pre);
      say("The browser lets no page copy here. The text is selected: copy it by the keyboard.");
    }
  });
  copy.setAttribute("aria-label", `Copy: ${label}`);
  return element("div", {}, pre, copy);
}

/** What just happened, also for those that do not see it. */
export function say(text: string): void {
  byId("said").textContent = text;
}

/** A sentence that helps, in place of an answer. */
export function fault(text: string): HTMLElement {
  return element("p", { class: "fault" }, text);
}
