import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { layoutShift, openPage, picture, startBrowser } from "./support/browser";
import { Engine } from "./support/engine";

let engine: Engine;
let browser: Browser;

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("the first load is light and quick, and nothing moves", async () => {
  const page = await openPage(browser, "about:blank");
  let bytes = 0;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
  });
  await page.goto(`${engine.url}/`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForTimeout(500);
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  const shift = await layoutShift(page);
  console.log(
    `first load: ${(bytes / 1000).toFixed(1)} kB, first paint ${paint.toFixed(0)} ms, layout shift ${shift}`,
  );
  expect(bytes).toBeLessThan(200_000);
  expect(shift).toBeLessThan(0.02);
  expect(paint).toBeGreaterThan(0);
  expect(page.complaints).toEqual([]);
  expect(page.url()).toBe(`${engine.url}/ui`);
});

test("the browser chooses the language; a person may choose another, which stays", async () => {
  const page = await openPage(browser, `${engine.url}/ui`, { language: "ko" });
  await page.getByRole("link", { name: "저장소" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("ko");
  await page.getByLabel("언어").selectOption("en");
  await page.getByRole("link", { name: "Storage" }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Storage" }).waitFor();
  expect(page.complaints).toEqual([]);
});

test("each page is reached by its link, and back", async () => {
  const page = await openPage(browser, `${engine.url}/ui`);
  for (const name of ["Storage", "Prices and quotas", "Cluster", "System", "Jobs"]) {
    const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
    await link.click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    expect(await link.getAttribute("aria-current")).toBe("page");
  }
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "System" }).waitFor();
  expect(page.complaints).toEqual([]);
});

test("an address that is no page says so, and its deep neighbours load by themselves", async () => {
  const page = await openPage(browser, `${engine.url}/ui/nothing/here`);
  await page.getByText("There is no such page").waitFor();
  expect(await violations(page)).toEqual([]);
});

test("the server dies and comes back: the page says so and goes on", async () => {
  const page = await openPage(browser, `${engine.url}/ui/system`);
  await engine.kill();
  await page.getByRole("alert").getByText("The engine does not answer").waitFor({ timeout: 60_000 });
  await picture(page, "gone");
  await engine.restart();
  await page.getByText("The engine does not answer").waitFor({ state: "detached" });
  expect(page.complaints).toEqual([]);
});
