// A log that was removed because all took too much room: its pages say so.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { openPage, picture, startBrowser } from "./support/browser";
import { Engine, waitFor } from "./support/engine";

const program = `
for i in range(20000):
    print("line %d of a program that says much" % i)
raise RuntimeError("the end of it")
`;

let engine: Engine;
let browser: Browser;

interface Window {
  removed?: { time: string; rule: string; limit: string; hasFailure: boolean };
}

beforeAll(async () => {
  const rules = "logs: {archiveAfterSeconds: 1000, lookEverySeconds: 1, budget: 2500 KiB}";
  [engine, browser] = await Promise.all([Engine.start([rules]), startBrowser()]);
  for (const job of ["first", "second"]) {
    engine.submit(job, program);
    await engine.waitState(job, "FAILED");
  }
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("the log page and the job page say when, by which rule, and what is left", async () => {
  const { removed } = await waitFor("the oldest log to go", async () => {
    const window = await engine.get<Window>("/mlengine/v1/projects/default/jobs/first/log:window?limit=1");
    return window.removed ? window : undefined;
  });
  expect(removed).toMatchObject({ rule: "LOG_BUDGET", limit: String(2500 * 1024), hasFailure: true });
  const page = await openPage(browser, `${engine.url}/ui/jobs/first/log`);
  const notice = page.locator(".log-removed");
  await notice.getByText(/^This log was removed on \d{4}-\d\d-\d\d /).waitFor();
  await notice.getByText("may have 2.4 MiB together (logs.budget in mlengine.yaml)").waitFor();
  await notice.getByText("Its first errors, the job's record").waitFor();
  await page.locator(".log-row", { hasText: "RuntimeError: the end of it" }).first().waitFor();
  expect(await page.locator(".log-row", { hasText: "line 7 of" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await picture(page, "log-removed");
  // A filter that nothing of the rest passes does not hide why.
  await page.getByRole("searchbox", { name: "Search the log" }).fill("line 7 of");
  await page.getByText("No line passes these filters").waitFor();
  expect(await notice.count()).toBe(1);
  await page.goto(`${engine.url}/ui/jobs/first`);
  await notice.getByText(/^This log was removed on /).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "job-log-removed", true);
  // The other log is there, and nothing is said.
  await page.goto(`${engine.url}/ui/jobs/second/log`);
  await page.locator(".log-row").first().waitFor();
  expect(await notice.count()).toBe(0);
  expect(page.complaints).toEqual([]);
});

test("in Korean on a phone, where the sentence is not the engine's", async () => {
  const page = await openPage(browser, `${engine.url}/ui/jobs/first/log`, { language: "ko", phone: true });
  await page.locator(".log-removed").getByText("오래된 것부터 삭제합니다").waitFor();
  expect(await page.locator(".log-removed").innerText()).not.toMatch(/removed|oldest/);
  expect(await violations(page)).toEqual([]);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  await picture(page, "log-removed-phone-ko");
  expect(page.complaints).toEqual([]);
});
