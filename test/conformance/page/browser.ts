import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { debianCommand } from "../clients/debian.ts";

/** A page in Chromium, and what was noticed of it since it was opened. */
export interface Visit {
  page: Page;
  /** What the browser refused by the page's policy, and errors of its script; what a test expects, it takes out. */
  troubles: string[];
  /** Every address that the page asked for. */
  asked: string[];
  /** Has axe judge the page as it is now, and gives what it finds, by rule and element. */
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

/** Chromium, as Debian packages it. It downloads nothing and has no profile. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureChromium() });
}

export const ensureChromium = (): Promise<string> => debianCommand("chromium", "chromium");

/**
 * Opens an address in a window that nothing else has used.
 *
 * @example const { page, violations } = await visit(browser, "http://127.0.0.1:4100/", { colorScheme: "dark" })
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    // A refusal is an answer like another, and the browser notes each.
    if (!/^Failed to load resource/.test(message.text())) troubles.push(message.text());
  });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  return {
    ...{ page, troubles, asked },
    async violations() {
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
    close: () => context.close(),
  };
}

/**
 * A picture of an element with a margin around it, as WebP, which takes half of the bytes of PNG and which the driver cannot ask for.
 *
 * @example await writeFile("why.webp", await pictureOf(page, "#why-answer"))
 */
export async function pictureOf(page: Page, selector: string): Promise<Buffer> {
  const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
  const margin = 12;
  const clip = {
    x: x - margin,
    y: y - margin,
    width: width + 2 * margin,
    height: height + 2 * margin,
    scale: 1,
  };
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", {
    ...{ format: "webp", quality: 90, captureBeyondViewport: true },
    clip,
  });
  return Buffer.from(data, "base64");
}
