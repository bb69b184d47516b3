import type { ConfigChange } from "../../config/difference.ts";
import type { JudgedFault, Judgement } from "../judge.ts";
import { button, byId, element, fault, table } from "./elements.ts";
import { Failed, reach } from "./service.ts";

/** "What would this grant do?": has the pasted configuration judged, and shows the faults where they stand, or what would change. */
export async function showWould(): Promise<string> {
  const answer = byId("would-answer");
  const config = byId<HTMLTextAreaElement>("would-config").value;
  const caller = byId<HTMLTextAreaElement>("would-caller").value;
  try {
    const response = await reach("page/judge", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ config, caller }),
    });
    const body = (await response.json().catch(() => ({}))) as Judgement & { message?: string };
    if (!response.ok)
      throw new Failed(
        body.message ?? `The service answered ${response.status}: was it started anew without this page?`,
      );
    answer.replaceChildren(...judged(body));
    return body.faults.length > 0
      ? `The configuration has ${body.faults.length} faults.`
      : "The configuration has no faults.";
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    answer.replaceChildren(fault(error.message));
    return error.message;
  }
}

function judged({ faults, warnings, changes, outcomes, callerFaults }: Judgement): HTMLElement[] {
  if (faults.length > 0)
    return [element("h2", {}, "Faults"), ...firstOf(faults, (rows) => faultsTable("Faults", rows))];
  return [
    element("h2", {}, "Gains and losses"),
    ...changesOf(changes ?? []),
    ...(callerFaults
      ? [element("h2", {}, "The case has faults"), faultsTable("Faults of the case", callerFaults)]
      : []),
    ...(outcomes
      ? [
          element("h2", {}, "What this caller would get"),
          table(
            "Outcomes",
            ["Storage", "Now", "Then"],
            outcomes.map(({ storage, running, pasted }) => [
              storage,
              running,
              running === pasted
                ? element("span", { class: "soft" }, "the same")
                : element("strong", {}, pasted),
            ]),
          ),
        ]
      : []),
    ...(warnings.length > 0
      ? [element("h2", {}, "Warnings"), ...firstOf(warnings, (rows) => faultsTable("Warnings", rows))]
      : []),
  ];
}

/** A table of more rows would take the browser longer than its reader. */
const mostRows = 500;

function firstOf<Row>(rows: readonly Row[], shown: (rows: readonly Row[]) => HTMLElement): HTMLElement[] {
  const left = rows.length - mostRows;
  return [
    shown(rows.slice(0, mostRows)),
    ...(left > 0
      ? [element("p", {}, `And ${left} more: npm run config:diff and config:check say all.`)]
      : []),
  ];
}

/** A fault leads to its line in the text. */
function faultsTable(label: string, faults: readonly JudgedFault[]): HTMLElement {
  const rows = faults.map(({ line, path, message }) => [
    line === undefined ? "" : button(`Line ${line}`, () => select(line)),
    element("code", {}, path),
    message,
  ]);
  return table(label, ["Where", "Entry", "What"], rows);
}

function select(line: number): void {
  const area = byId<HTMLTextAreaElement>("would-config");
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4);
}

function changesOf(changes: readonly ConfigChange[]): HTMLElement[] {
  if (changes.length === 0)
    return [element("p", {}, "Nobody: it grants what the running configuration grants.")];
  const columns = ["Change", "Folder or entry", "Rights or fields", "Callers", "Grant"];
  return firstOf(changes, (shown) => table("Changes", columns, shown.map(changeCells)));
}

function changeCells(change: ConfigChange): (Node | string)[] {
  if ("entry" in change)
    return [change.change, element("code", {}, change.entry), change.fields?.join(", ") ?? "", "", ""];
  const { change: kind, holders, rights, folder, grant } = change;
  const isGain = kind === "gain";
  return [
    element("strong", { class: isGain ? "good" : "bad" }, isGain ? "+ gain" : "− lose"),
    element("code", {}, folder),
    rights.join(", "),
    holders,
    grant,
  ];
}
