/** The page in Chromium: on the emulation with a real vend, and on both addresses of the server. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { invoke } from "../../../infra/local/api.ts";
import { type Emulation, startEmulation } from "../../../infra/local/emulation.ts";
import { localPorts } from "../../../infra/local/ports.ts";
import { pageFiles } from "../../../infra/page/build.ts";
import { runServer } from "../../functions/server/running-server.ts";
import { pictureOf, startChromium, type Visit, visit } from "./browser.ts";

const hostile = '<img src=x onerror="alert(1)">';
/** Beside those of the other suites. */
const base = 14_700;
const root = join(import.meta.dirname, "../../..");
const pictures = join(root, "infra/page/pictures");

let browser: Browser;
let emulation: Emulation;
let log: string[];
let ports: ReturnType<typeof localPorts>;
let open: Visit[] = [];

beforeAll(async () => {
  browser = await startChromium();
  ports = localPorts(base);
  // Where the server is the door, it has two addresses, and tests of its own below.
  vi.stubEnv("KEYVEND_DOOR", "");
  log = [];
  emulation = await startEmulation(ports, (line) => log.push(line));
});
afterAll(async () => {
  await browser?.close();
  await emulation?.close();
});
afterEach(async () => {
  const visits = open;
  open = [];
  for (const { close } of visits) await close();
  expect(visits.flatMap(({ troubles }) => troubles)).toEqual([]);
});

async function opened(url: string, options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
  const one = await visit(browser, url, options);
  open.push(one);
  return one;
}

const token = (claims: object = {}) => emulation.backends.issuer.token(claims as Record<string, unknown>);

async function vend(bearer: string, storage: string): Promise<number> {
  const headers = { authorization: `Bearer ${bearer}` };
  return (await fetch(`${emulation.api.url}/v1/storages/${storage}/credentials`, { headers })).status;
}

async function look({ page }: Visit, bearer: string): Promise<void> {
  await page.fill("#token", bearer);
  await page.click("text=Look");
}

const view = ({ page }: Visit, name: string) => page.click(`nav >> text=${name}`);
const textOf = ({ page }: Visit, selector: string) => page.innerText(selector);
function expectWords(text: string, all: readonly string[]): void {
  for (const words of all) expect(text).toContain(words);
}

describe("What may I have?", () => {
  test("shows who I am, which claims count, and my storages with their folders, durations and ends", async () => {
    const visited = await opened(emulation.api.url);
    await look(visited, await token({ tenant: "acme", role: "loader" }));
    await visited.page.waitForSelector("article");
    const text = await textOf(visited, "#may");
    expectWords(text, [
      "alice",
      "local",
      "keyvend",
      "s3://lake/tenants/acme/",
      "READWRITE",
      "12 h",
      "not by itself",
    ]);
    expect(text).toMatch(/tenant\s+acme\s+counts/);
    expect(text).toMatch(/role\s+loader\s+not asked for/);
    expect(await visited.page.inputValue("#token")).toBe("");
    expect(await textOf(visited, "#said")).toBe("You may have something on 7 storages.");
  });

  test("takes a token that is dropped as a file, and forgets it", async () => {
    const visited = await opened(emulation.api.url);
    const { page } = visited;
    const file = `new File([${JSON.stringify(`${await token()}\n`)}], "token")`;
    const data = await page.evaluateHandle(
      `(() => { const data = new DataTransfer(); data.items.add(${file}); return data; })()`,
    );
    await page.dispatchEvent("#token", "drop", { dataTransfer: data });
    await page.waitForSelector("article");
    await page.click("text=Forget the token");
    expect(await page.locator("article").count()).toBe(0);
    await view(visited, "Why");
    await page.fill("#why-storage", "lake");
    await page.click("text=Explain");
    await page.waitForSelector(".way");
    expect(await textOf(visited, "#why-answer")).toContain("Paste your token first");
  });

  test.each([
    ["two words", "That is no token"],
    ["abc", "The service does not accept this token. It is no JWT"],
    ["kvt_unknown", "The service does not accept this token. It is a static token of keyvend's"],
  ])("says of %j what helps", async (bad, sentence) => {
    const visited = await opened(emulation.api.url);
    await look(visited, bad);
    await visited.page.waitForSelector("#may-answer .fault");
    expect(await textOf(visited, "#may-answer")).toContain(sentence);
    expect(await textOf(visited, "#said")).toContain(sentence);
    expect(await visited.violations()).toEqual([]);
  });

  test("says of a token that has ended, or is for others, what helps", async () => {
    const visited = await opened(emulation.api.url);
    const seconds = Math.floor(Date.now() / 1_000);
    await look(visited, await token({ iat: seconds - 7_200, nbf: seconds - 7_200, exp: seconds - 3_600 }));
    await visited.page.waitForSelector("#may-answer .fault");
    expect(await textOf(visited, "#may-answer")).toContain("It ended 1 h ago: get a new one.");
    await look(visited, await token({ aud: hostile }));
    await expect.poll(() => textOf(visited, "#may-answer")).toContain(`for the audience ${hostile}`);
  });
});

describe("Why (not)?", () => {
  test("shows the way of a request that is allowed, its policy, its duration and what is kept", async () => {
    const bearer = await token({ tenant: "acme" });
    expect(await vend(bearer, "tenants")).toBe(200);
    const visited = await opened(emulation.api.url);
    const { page } = visited;
    await look(visited, bearer);
    await page.click('button[aria-label^="Why: tenants"]');
    await page.waitForSelector(".way");
    expect(await page.locator(".way .passed").count()).toBe(4);
    await page.selectOption("#why-duration", "43200");
    await page.fill("#why-target", "s3://lake/tenants/acme/in/");
    await page.selectOption("#why-permission", "READ");
    await page.click("text=Explain");
    await expect.poll(() => textOf(visited, "#why-answer")).toContain("s3://lake/tenants/acme/in/*");
    const text = await textOf(visited, "#why-answer");
    expectWords(text, [
      "tenant = acme",
      "tenants-of-tenants",
      "READ on s3://lake/tenants/acme/in/",
      "read objects",
      "Nothing is kept",
    ]);
    expect(text).not.toContain("write objects");
    await page.fill("#why-target", "");
    await page.selectOption("#why-permission", "");
    await page.selectOption("#why-duration", "");
    await page.click("text=Explain");
    await expect
      .poll(() => textOf(visited, "#why-answer"))
      .toContain("A session is kept, and answers this request.");
    await page.click("summary");
    expect(JSON.parse(await textOf(visited, "#why-answer pre"))).toMatchObject({ Version: "2012-10-17" });
    expect(await visited.violations()).toEqual([]);
  });

  test("shows where a refused request ended, and the near misses in words", async () => {
    const visited = await opened(emulation.api.url);
    const { page } = visited;
    await look(visited, await token({ tenant: "acme" }));
    await page.waitForSelector("article");
    await view(visited, "Why");
    await page.fill("#why-storage", "tenants");
    await page.fill("#why-target", "s3://lake/tenants/globex/");
    await page.click("text=Explain");
    await page.waitForSelector(".way");
    expect(await textOf(visited, ".way .ended h3")).toBe("Grant");
    expect(await page.locator(".way .unreached").count()).toBe(2);
    expect(await textOf(visited, "#why-answer")).toContain(
      "The grant tenants-of-tenants is yours, but the folder goes beyond it.",
    );
    expect(await visited.violations()).toEqual([]);
    await page.fill("#why-storage", "no-such-storage");
    await page.click("text=Explain");
    await expect.poll(() => textOf(visited, "#why-answer")).toContain("No grant of this storage comes near");
    await page.fill("#why-target", "not a target");
    await page.click("text=Explain");
    await expect.poll(() => textOf(visited, "#why-answer")).toContain("invalid_request");
  });
});

test("Settings for my client are filled in and copied, hold nothing secret, and the shell line is the one that vends", async () => {
  const visited = await opened(emulation.api.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visited;
  const bearer = await token({ tenant: "acme" });
  await look(visited, bearer);
  await page.click('button[aria-label^="Settings: tenants"]');
  await page.selectOption("#settings-client", { label: "boto3 (Python)" });
  const text = await textOf(visited, "#settings-answer");
  expect(text).toContain(
    `export AWS_CONTAINER_CREDENTIALS_FULL_URI=${emulation.api.url}/v1/storages/tenants/credentials`,
  );
  expect(text).toContain(`export AWS_ENDPOINT_URL_S3=${emulation.backends.s3.url}`);
  expect(await visited.violations()).toEqual([]);
  await page.click('button[aria-label="Copy: a shell line that vends"]');
  const line = await page.evaluate("navigator.clipboard.readText()");
  expect(line).toContain(`${emulation.api.url}/v1/storages/tenants/credentials'`);
  const address = /'(http[^']+)'/.exec(String(line))?.[1] ?? "";
  const answer = await fetch(address, { headers: { authorization: `Bearer ${bearer}` } });
  expect(await answer.json()).toMatchObject({ Targets: ["s3://lake/tenants/acme/"] });
  const clients = page.locator("#settings-client option");
  for (let n = 0; n < (await clients.count()); n++) {
    await page.selectOption("#settings-client", { index: n });
    const shown = await textOf(visited, "#settings-answer");
    expect(shown).toMatch(/A shell line that vends/);
    expect(shown).not.toMatch(/\{\w+\}|undefined/);
    expect(shown).not.toContain(bearer.slice(-20));
  }
});

describe("What would this grant do?", () => {
  const running = () => emulation.backends.vending as { grants: object[] };
  const judge = async ({ page }: Visit, config: string, caller = "") => {
    await page.fill("#would-config", config);
    await page.fill("#would-caller", caller);
    await page.click("text=Judge");
  };

  test("says which callers gain and which lose, and what the caller of a case would get", async () => {
    const visited = await opened(`${emulation.api.url}/#would`);
    const { grants, ...rest } = running();
    await judge(
      visited,
      JSON.stringify({ ...rest, grants }),
      "{ issuer: local, subject: alice, claims: { tenant: acme } }",
    );
    await expect.poll(() => textOf(visited, "#would-answer")).toContain("Nobody: it grants what the running");
    const [first, second, ...others] = grants;
    const next = [{ ...first, subject: "bob" }, second, ...others];
    await judge(
      visited,
      JSON.stringify({ ...rest, grants: next }),
      "{ issuer: local, subject: alice, claims: { tenant: acme }, storage: lake }",
    );
    await expect
      .poll(() => textOf(visited, "#would-answer"))
      .toMatch(/lose\s+s3:\/\/lake\/\s+READ, WRITE\s+local, subject \*/);
    expect(await textOf(visited, "#would-answer")).toMatch(
      /lake\s+READWRITE on s3:\/\/lake\/ for 3600 s\s+denied: no_grant/,
    );
    expect(await visited.violations()).toEqual([]);
  });

  test("shows faults where they stand", async () => {
    const visited = await opened(`${emulation.api.url}/#would`);
    await judge(
      visited,
      "issuers: {}\nstorages: {}\ngrants:\n  - name: x\n    issuer: nope\n    storage: lake\n    subject: a\n    permission: READ\n",
    );
    await visited.page.click('#would-answer button:text("Line 5")');
    const selected = await visited.page.evaluate("getSelection().toString()");
    expect(selected).toBe("    issuer: nope");
    expect(await visited.violations()).toEqual([]);
    await judge(visited, "{");
    await expect.poll(() => textOf(visited, "#would-answer")).toContain("is not valid YAML here");
  });
});

test("What happens now? shows vends, calls to STS, warm runs and refusals as they happen, and one scope in time", async () => {
  const visited = await opened(`${emulation.api.url}/#now`);
  const { page } = visited;
  await page.waitForSelector("#charts figure");
  const bearer = await token({ sub: hostile, tenant: "now" });
  for (let n = 0; n < 3; n++) expect(await vend(bearer, "tenants")).toBe(200);
  expect(await vend(bearer, "nothing")).toBe(403);
  // Sessions are told by their ends, which STS gives in whole seconds.
  await page.waitForTimeout(1_100);
  await invoke(ports.lambda, "warm", { aheadSeconds: 3_600 });
  await page.selectOption("#scope", "tenants: READWRITE on s3://lake/tenants/now/");
  const timeline = () => textOf(visited, "#timeline");
  await expect.poll(timeline, { timeout: 30_000 }).toContain("renewed ahead of need");
  expect(await timeline()).toMatch(/issued \d{4}.*used 3 times.*due between.*answers until.*ends /s);
  const charts = await textOf(visited, "#charts");
  for (const words of ["issued:", "memory:", "no_grant:", "runs:"]) expect(charts).toContain(words);
  expect(charts).toMatch(/latency of STS[\s\S]*call: \d/);
  expect(await visited.violations()).toEqual([]);
  await page.click("text=Pause");
  expect(await page.getAttribute("#pause", "aria-pressed")).toBe("true");
});

test("names from claims and from a pasted configuration are text, whatever stands in them", async () => {
  const visited = await opened(emulation.api.url);
  const { page } = visited;
  const bearer = await token({
    sub: hostile,
    tenant: hostile,
    [hostile]: { [hostile]: [hostile, "</script>"] },
  });
  await look(visited, bearer);
  await page.waitForSelector("article");
  expect(await textOf(visited, "#may")).toContain(hostile);
  await view(visited, "Why");
  await page.fill("#why-storage", "tenants");
  await page.click("text=Explain");
  await expect
    .poll(() => textOf(visited, "#why-answer"))
    .toContain(
      `your claim tenant has characters that may not stand in a folder's name (you brought ${hostile})`,
    );
  await view(visited, "What would");
  const { grants, storages, ...rest } = emulation.backends.vending as { grants: object[]; storages: object };
  const config = {
    ...rest,
    storages: { ...storages, fresh: { bucket: "fresh", region: "us-east-1", issue: "none" } },
    grants: [
      ...grants,
      { name: "x", issuer: "local", subject: hostile, storage: "fresh", permission: "READ" },
    ],
  };
  const judge = async (pasted: object) => {
    await page.fill("#would-config", JSON.stringify(pasted));
    await page.click("text=Judge");
  };
  await judge({ ...config, [hostile]: 1 });
  await expect.poll(() => textOf(visited, "#would-answer")).toContain("onerror");
  await judge(config);
  await expect.poll(() => textOf(visited, "#would-answer")).toContain(`subject ${hostile}`);
  expect(await page.locator("img, script:not([src]), [onerror]").count()).toBe(0);
});

test("the token goes to the service's own address in one header, and stands nowhere else", async () => {
  const visited = await opened(emulation.api.url);
  const { page, asked } = visited;
  const bearer = await token({ tenant: "acme" });
  const carrying: string[] = [];
  page.on("request", async (request) => {
    const { authorization, ...others } = await request.allHeaders();
    if (authorization?.includes(bearer)) carrying.push(new URL(request.url()).origin);
    expect(JSON.stringify([request.url(), others, request.postData()])).not.toContain(bearer);
  });
  await look(visited, bearer);
  await page.click('button[aria-label^="Why: tenants"]');
  await page.waitForSelector(".way");
  for (const name of ["Settings", "What would", "What happens", "What may"]) await view(visited, name);
  expect(new Set(carrying)).toEqual(new Set([emulation.api.url]));
  expect(new Set(asked.map((url) => new URL(url).origin).filter((origin) => origin !== "null"))).toEqual(
    new Set([emulation.api.url]),
  );
  expect(asked.join(" ") + page.url()).not.toContain(bearer.slice(0, 40));
  const kept = await page.evaluate(
    "Promise.all([indexedDB.databases(), caches.keys(), JSON.stringify([localStorage, sessionStorage, document.cookie, history.state])])",
  );
  expect(kept).toEqual([[], [], '[{},{},"",null]']);
  expect(await page.content()).not.toContain(bearer.slice(-40));
  expect(log.join("\n")).not.toContain(bearer.slice(-40));
  // The browser's button "back" brings the page, and not the token.
  await page.goto("about:blank");
  await page.goBack();
  expect(await page.locator("article").count()).toBe(0);
});

test("all of it can be done by keys, and what comes up is focused and said", async () => {
  const visited = await opened(emulation.api.url);
  const { page } = visited;
  const focused = () => page.evaluate("document.activeElement.id || document.activeElement.textContent");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the view");
  await page.keyboard.press("Enter");
  expect(await focused()).toBe("main");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("token");
  await page.keyboard.type(await token({ tenant: "acme" }));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("article");
  expect(await page.getAttribute("#said", "role")).toBe("status");
  await page.focus('nav a[href="#settings"]');
  await page.keyboard.press("Enter");
  await expect.poll(focused).toBe("settings-title");
  expect(await page.getAttribute('nav a[href="#settings"]', "aria-current")).toBe("page");
  expect(await page.title()).toBe("Settings for my client - keyvend");
});

const looks = [
  { name: "light", options: { colorScheme: "light" } },
  { name: "dark", options: { colorScheme: "dark" } },
  { name: "on a phone", options: { colorScheme: "light", viewport: { width: 320, height: 640 } } },
] as const;

test.each(looks)(
  "$name, axe finds nothing in any view, and nothing is wider than the screen",
  async ({ options }) => {
    const visited = await opened(emulation.api.url, options);
    const { page } = visited;
    await look(visited, await token({ tenant: "acme", long: "a-long-value-without-a-blank".repeat(9) }));
    await page.waitForSelector("article");
    const width = options.colorScheme === "light" && "viewport" in options ? 320 : 1_000;
    for (const [name, ready] of [
      ["What may", "article"],
      ["Why", "#why-form"],
      ["Settings", "#settings pre"],
      ["What would", "#would-form"],
      ["What happens", "#charts figure"],
    ] as const) {
      await view(visited, name);
      await page.waitForSelector(ready);
      expect(await visited.violations(), name).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
    }
  },
);

describe("of the server", () => {
  test("the first address has what concerns callers, and the second what concerns operators", async () => {
    const { start, issuer } = await runServer({ pageFiles: await pageFiles() });
    const { url, statusUrl } = await start();
    const first = await opened(url);
    await look(first, await issuer.token());
    await first.page.waitForSelector("article");
    expect(await textOf(first, "#may")).toContain("s3://lake/raw/");
    for (const name of ["What would", "What happens"]) {
      await view(first, name);
      expect(await textOf(first, "section:not([hidden])")).toContain("the server's second address");
    }
    const second = await opened(statusUrl);
    await second.page.waitForSelector("#would-form");
    await view(second, "What happens");
    await second.page.waitForSelector("#charts figure");
    expect(await second.violations()).toEqual([]);
    await view(second, "What may");
    expect(await textOf(second, "section:not([hidden])")).toContain("takes no tokens");
    expect(await second.page.isVisible("#token-form")).toBe(false);
    expect(await second.violations()).toEqual([]);
  });

  test("a configuration without grants says that there is nothing, and what to do", async () => {
    const { start, issuer } = await runServer({ pageFiles: await pageFiles(), folders: [] });
    const { url } = await start();
    const visited = await opened(url);
    await look(visited, await issuer.token());
    await visited.page.waitForSelector("#may-answer .fault");
    expect(await textOf(visited, "#may-answer")).toContain("no grant of its configuration is yours");
    await view(visited, "Settings");
    expect(await textOf(visited, "#settings-answer")).toContain("You have no grant here");
    expect(await visited.violations()).toEqual([]);
  });

  test("a service that is away says so in each view, and the page goes on when it is back", async () => {
    const { start, issuer } = await runServer({ pageFiles: await pageFiles() });
    const { url, statusUrl, stop } = await start();
    const [first, second] = [await opened(url), await opened(`${statusUrl}/#now`)];
    await second.page.waitForSelector("#charts figure");
    const bearer = await issuer.token();
    await stop();
    const away = "The service does not answer.";
    await look(first, bearer);
    await first.page.waitForSelector("#may-answer .fault");
    expect(await textOf(first, "#may-answer")).toContain(away);
    await view(first, "Why");
    await first.page.fill("#why-storage", "lake");
    await first.page.click("text=Explain");
    await first.page.waitForSelector("#why-answer .fault");
    expect(await textOf(first, "#why-answer")).toContain(away);
    await expect.poll(() => textOf(second, "#charts"), { timeout: 10_000 }).toContain(away);
    await view(second, "What would");
    await second.page.fill("#would-config", "{}");
    await second.page.click("text=Judge");
    await second.page.waitForSelector("#would-answer .fault");
    expect(await textOf(second, "#would-answer")).toContain(away);
  });
});

test("a page of another origin cannot hold this one in a frame, nor read what it asks for", async () => {
  const visited = await opened("about:blank");
  const { page, troubles } = visited;
  await page.route("http://other.example/", (route) =>
    route.fulfill({ contentType: "text/html", body: `<iframe src="${emulation.api.url}/"></iframe>` }),
  );
  await page.goto("http://other.example/");
  const read = await page.evaluate(
    (url) =>
      fetch(url).then(
        (answer) => answer.text(),
        (error) => String(error),
      ),
    `${emulation.api.url}/page/now`,
  );
  expect(read).toContain("Failed to fetch");
  expect(
    await page
      .frames()[1]
      ?.evaluate("document.querySelector('#token')")
      .catch(() => null),
  ).toBeNull();
  expect(troubles.splice(0).join("\n")).toMatch(/frame-ancestors|CORS|Private Network|local network/i);
});

test.each(["light", "dark"] as const)("the README's picture of the page, %s", async (colorScheme) => {
  const bearer = await token({ tenant: "acme", project: "reports" });
  expect(await vend(bearer, "tenants")).toBe(200);
  const visited = await opened(emulation.api.url, { colorScheme, viewport: { width: 820, height: 700 } });
  const { page } = visited;
  await look(visited, bearer);
  await page.click('button[aria-label^="Why: tenants"]');
  await page.waitForSelector(".way");
  const picture = await pictureOf(page, "#why-answer");
  const file = join(pictures, `why-${colorScheme}.webp`);
  if (process.env["KEYVEND_PICTURES"] === "write") await writeFile(file, picture);
  // Its times differ from run to run, and its letters from machine to machine.
  for (const one of [picture, await readFile(file)]) {
    expect(one.toString("latin1", 8, 12)).toBe("WEBP");
    expect(one.length).toBeGreaterThan(10_000);
    expect(one.length).toBeLessThan(100_000);
  }
});
