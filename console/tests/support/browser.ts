// Debian's Chromium, driven without a window.
import { existsSync, mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { root, waitFor } from "./engine";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Where pictures go: MLENGINE_PICTURES, else build/pictures. */
const pictures = process.env.MLENGINE_PICTURES ?? join(root, "build/pictures");

export function startBrowser(): Promise<Browser> {
  if (!program) throw new Error("there is no Chromium; ./dev setup installs it");
  // Chromium's own sandbox cannot be made by root.
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath: program,
    args: [...flags, "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
  });
}

export interface Looks {
  language?: "en" | "ko";
  theme?: "light" | "dark";
  phone?: boolean;
}

/** What the page said that nobody should hear: faults, breaches of the security policy, failed scripts. */
export interface WatchedPage extends Page {
  complaints: string[];
}

/** A page of the console in a browser of that language and theme; its complaints are kept. */
export async function openPage(browser: Browser, url: string, looks: Looks = {}): Promise<WatchedPage> {
  const context: BrowserContext = await browser.newContext({
    locale: looks.language === "ko" ? "ko-KR" : "en-US",
    colorScheme: looks.theme ?? "light",
    viewport: looks.phone ? { width: 390, height: 844 } : { width: 1360, height: 860 },
    deviceScaleFactor: 1,
    hasTouch: looks.phone ?? false,
    timezoneId: "Asia/Seoul",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = (await context.newPage()) as WatchedPage;
  page.complaints = [];
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused or failed fetch is told by the page itself; the rest of what a browser calls an error is a fault.
    if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text()))
      page.complaints.push(message.text());
  });
  await page.addInitScript(() => {
    const seen = window as unknown as { layoutShift: number };
    seen.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.layoutShift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url);
  return page;
}

/** What a press of the button puts into the clipboard, which happens some time after it. */
export async function copied(page: Page, button: Locator): Promise<string> {
  const before = "nothing yet";
  await page.evaluate((text) => navigator.clipboard.writeText(text), before);
  await button.click();
  return waitFor("the clipboard", async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text === before ? undefined : text;
  });
}

/** How much of a page has moved by itself since it was loaded: the sum of what browsers call layout shifts. */
export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate(() => (window as unknown as { layoutShift: number }).layoutShift);

/** Keeps a picture of what is seen. */
export async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage });
}

/** Megabytes of the page's own memory, after what is not needed was given back. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return (metrics.find((one) => one.name === "JSHeapUsedSize")?.value ?? Number.NaN) / 1e6;
}

/** Of a machine that is busy with other things times say little. */
export const isQuiet = (): boolean => (loadavg()[0] ?? 0) < cpus().length;
