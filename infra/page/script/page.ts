import { byId, element, fault, say } from "./elements.ts";
import { type OwnGrant, showMay } from "./may.ts";
import { pauseNow, showTimeline, startNow, stopNow } from "./now.ts";
import { type Asked, Failed, hasToken, keepToken } from "./service.ts";
import { chooseGrant, offerSettings, showSettings } from "./settings.ts";
import { tokenIn } from "./token.ts";
import { showWhy } from "./why.ts";
import { showWould } from "./would.ts";

const names = ["may", "why", "settings", "would", "now"] as const;
type ViewName = (typeof names)[number];

/** What this address has, as the service says: where the API is, or where the operator looks, or both. */
const { views = "caller" } = document.body.dataset;
const ofCaller: readonly ViewName[] = ["may", "why", "settings"];
const isHere = (name: ViewName) => views === "all" || (views === "caller") === ofCaller.includes(name);

const absent = {
  caller:
    "This view is on the server's second address (server.status), for browsers on its own machine, and where npm start runs: the counts and the running configuration are there. For a file that you have, run npm run config:check -- vending.yml, and npm run config:diff -- old.yml new.yml.",
  operator:
    "This is the server's second address, which takes no tokens. Open the page at the first one (server.listen): what a caller may have is asked there.",
};

function nameInAddress(): ViewName {
  return names.find((name) => `#${name}` === location.hash) ?? names.find(isHere) ?? "may";
}

function showView(hasMoved: boolean): void {
  // Links within a view move its reader, and leave the view as it is.
  if (hasMoved && !names.some((name) => `#${name}` === location.hash)) return;
  const shown = nameInAddress();
  for (const name of names) {
    byId(name).hidden = name !== shown;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === shown) link?.setAttribute("aria-current", "page");
    else link?.removeAttribute("aria-current");
  }
  byId("token-form").hidden = !(ofCaller.includes(shown) && isHere(shown));
  document.title = `${byId(`${shown}-title`).textContent} - keyvend`;
  if (shown === "now" && isHere("now")) startNow();
  else stopNow();
  if (!hasMoved) return;
  say("");
  byId(`${shown}-title`).focus();
}

function go(name: ViewName): void {
  location.hash = name;
}

/** Does something that may fail, and says how it ended. */
async function saying(act: () => Promise<string>): Promise<void> {
  byId("main").setAttribute("aria-busy", "true");
  try {
    say(await act());
  } catch (error) {
    say(
      error instanceof Failed
        ? error.message
        : "The page met something that it does not understand: load it anew.",
    );
  } finally {
    byId("main").removeAttribute("aria-busy");
  }
}

const value = (id: string) => byId<HTMLInputElement>(id).value.trim();

async function why(asked: Asked): Promise<void> {
  byId<HTMLInputElement>("why-storage").value = asked.storage;
  byId<HTMLInputElement>("why-target").value = asked.target?.[0] ?? "";
  byId<HTMLSelectElement>("why-permission").value = asked.permission ?? "";
  go("why");
  await saying(() => showWhy(asked));
}

function settings(grant: OwnGrant): void {
  chooseGrant(grant);
  go("settings");
}

async function look(text: string): Promise<string> {
  const token = tokenIn(text);
  if (token === undefined)
    throw new Failed(
      "That is no token: one has letters, digits and the signs . _ - and no blanks. Copy all of it, and nothing else.",
    );
  keepToken(token);
  byId<HTMLTextAreaElement>("token").value = "";
  byId("forget").hidden = false;
  const grants = await showMay(token, { why, settings });
  offerSettings(grants);
  const storages = new Set(grants.map(({ storage }) => storage.Storage));
  byId("storages").replaceChildren(...Array.from(storages, (name) => element("option", { value: name })));
  return `You may have something on ${storages.size} storages.`;
}

function forget(): void {
  keepToken(undefined);
  byId<HTMLTextAreaElement>("token").value = "";
  byId("forget").hidden = true;
  for (const name of ofCaller) byId(`${name}-answer`).replaceChildren();
  offerSettings([]);
  say("The token is forgotten.");
}

/** A failure stands where its answer would stand, too. */
async function lookAndShow(text: string): Promise<void> {
  await saying(() =>
    look(text).catch((error) => {
      offerSettings([]);
      if (error instanceof Failed) byId("may-answer").replaceChildren(fault(error.message));
      throw error;
    }),
  );
}

function onSubmit(id: string, act: () => void): void {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

function takeDrops(area: HTMLElement): void {
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", async (event) => {
    event.preventDefault();
    area.classList.remove("over");
    const [file] = event.dataTransfer?.files ?? [];
    // No token is longer than this.
    const text = file
      ? await file.slice(0, 65_536).text()
      : (event.dataTransfer?.getData("text/plain") ?? "");
    await lookAndShow(text);
  });
}

for (const name of names.filter((each) => !isHere(each)))
  byId(name).replaceChildren(
    byId(`${name}-title`),
    fault(views === "operator" ? absent.operator : absent.caller),
  );
if (isHere("may")) {
  onSubmit("token-form", () => lookAndShow(byId<HTMLTextAreaElement>("token").value));
  takeDrops(byId("token"));
  byId("forget").addEventListener("click", forget);
  onSubmit("why-form", () => {
    const target = value("why-target");
    const asked = {
      storage: value("why-storage"),
      ...(target !== "" && { target: [target] }),
      permission: value("why-permission"),
      durationSeconds: value("why-duration"),
    };
    saying(() => showWhy(asked));
  });
  byId("settings-form").addEventListener("change", showSettings);
  offerSettings([]);
  // A page that the browser keeps for its button "back" would keep the token, too.
  addEventListener("pagehide", () => hasToken() && forget());
}
if (isHere("now")) {
  onSubmit("would-form", () => saying(showWould));
  byId("pause").addEventListener("click", pauseNow);
  byId("scope").addEventListener("change", showTimeline);
}
addEventListener("hashchange", () => showView(true));
showView(false);
