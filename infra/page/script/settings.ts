import { quoteForShell } from "../../../shared/formats/quoting.ts";
import { type ClientPlace, clients, filledIn } from "./clients.ts";
import { byId, copyable, element, fault } from "./elements.ts";
import type { OwnGrant } from "./may.ts";
import { addressOf, pathOf } from "./service.ts";

let grants: readonly OwnGrant[] = [];

/** "Settings for my client": for one of the caller's grants and one client, with nothing secret. */
export function offerSettings(own: readonly OwnGrant[]): void {
  grants = own;
  const options = own.map(({ storage, permission, targets }, n) =>
    element("option", { value: String(n) }, `${storage.Storage}: ${permission} on ${targets.join(", ")}`),
  );
  byId("settings-grant").replaceChildren(...options);
  const select = byId<HTMLSelectElement>("settings-client");
  if (select.options.length === 0)
    select.replaceChildren(...clients.map(({ title }, n) => element("option", { value: String(n) }, title)));
  showSettings();
}

export function chooseGrant(grant: OwnGrant): void {
  byId<HTMLSelectElement>("settings-grant").value = String(grants.indexOf(grant));
  showSettings();
}

export function showSettings(): void {
  const grant = grants[Number(byId<HTMLSelectElement>("settings-grant").value)];
  const client = clients[Number(byId<HTMLSelectElement>("settings-client").value)];
  const answer = byId("settings-answer");
  if (grant === undefined || client === undefined) {
    answer.replaceChildren(
      fault("You have no grant here, so that there is nothing to set: see “What may I have?”."),
    );
    return;
  }
  const { storage, targets, asked } = grant;
  const place: ClientPlace = {
    service: addressOf("."),
    url: addressOf(pathOf(asked, "credentials")),
    storage: storage.Storage,
    bucket: storage.Bucket,
    target: targets[0] ?? "",
    endpoint: storage.Endpoint,
    region: storage.Region,
  };
  const variables = client.environment.map((line) => exported(line, place));
  const own = (client.own ?? []).map((line) => filledIn(line, place));
  const notes = (client.notes ?? []).map((note) => element("li", {}, filledIn(note, place)));
  const vends = `curl --fail-with-body -H "Authorization: Bearer $(cat /path/of/your/token)" ${quoteForShell(place.url)}`;
  answer.replaceChildren(
    element(
      "p",
      { class: "hint" },
      "Nothing here is secret. Put your token into the file that is named, or in place of YOUR_TOKEN.",
    ),
    ...(storage.Vends
      ? []
      : [
          fault(
            "This storage vends nothing: your client needs credentials of its own, and these settings for its address.",
          ),
        ]),
    ...(variables.length > 0
      ? [
          element("h2", {}, "Variables of the environment"),
          copyable("variables of the environment", variables.join("\n")),
        ]
      : []),
    ...(own.length > 0
      ? [
          element("h2", {}, "In its configuration or code"),
          copyable("its configuration or code", own.join("\n")),
        ]
      : []),
    ...(notes.length > 0 ? [element("ul", {}, ...notes)] : []),
    element("h2", {}, "A shell line that vends"),
    copyable("a shell line that vends", vends),
  );
}

/** As a POSIX shell reads it. What needs no quotes has none. */
function exported(line: string, place: ClientPlace): string {
  const at = line.indexOf("=");
  const value = filledIn(line.slice(at + 1), place);
  return `export ${line.slice(0, at)}=${/^[\w@%+:,./-]+$/.test(value) ? value : quoteForShell(value)}`;
}
