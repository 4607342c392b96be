// A job of very many replicas: its page stays quick, small and readable. MLENGINE_REPLICAS: how many (100).
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { heapOf, isQuiet, layoutShift, openPage, picture, startBrowser } from "./support/browser";
import { Engine, waitFor } from "./support/engine";

const replicas = Number(process.env.MLENGINE_REPLICAS ?? 100);

// Small: an interpreter that sleeps nearly always. One worker has nothing to do, and ends.
const program = `
import json, os, time
task = json.loads(os.environ["TF_CONFIG"])["task"]
for step in range(1 if (task["type"], task["index"]) == ("worker", 7) else 100000):
    print("%s %d says hello, step %d" % (task["type"], task["index"], step), flush=True)
    time.sleep(5)
`;

let engine: Engine;
let browser: Browser;

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start([`slots: ${replicas}`]), startBrowser()]);
  engine.mlengine("quotas", "profile", "none");
  engine.submit("crowd", program, {
    flags: ["--scale-tier=custom", "--master-machine-type=standard", "--worker-machine-type=standard"].concat(
      `--worker-count=${replicas - 1}`,
    ),
  });
  await waitFor(
    "all replicas",
    async () => {
      const { attempts } = await engine.get<{
        attempts: { replicas?: { status?: { step?: string } }[] }[];
      }>("/mlengine/v1/projects/default/jobs/crowd");
      const all = attempts.at(-1)?.replicas ?? [];
      const steps = all.map((one) => one.status?.step);
      return steps.filter((step) => step === "RUNNING").length === replicas - 1 && steps.includes("EXITED");
    },
    160,
  );
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

const job = () => `${engine.url}/ui/jobs/crowd`;

/** Milliseconds from a click until what it brings is there and painted, on the page's own clock. */
const timed = (page: Page, button: string, there: string): Promise<number> =>
  page.evaluate(
    async ([name, wanted]) => {
      const element = [...document.querySelectorAll<HTMLElement>("button, summary")].find(
        (one) => one.textContent?.trim() === name,
      );
      if (!element) throw new Error(`no button ${name}`);
      const begin = performance.now();
      element.click();
      while (!document.querySelector(wanted ?? "")) await new Promise(requestAnimationFrame);
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - begin;
    },
    [button, there],
  );

/** The longest time for which the page did not answer, while it refreshes itself. */
const longestTask = (page: Page, ms: number): Promise<number> =>
  page.evaluate(async (time) => {
    let longest = 0;
    const watch = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
    });
    watch.observe({ type: "longtask" });
    await new Promise((done) => setTimeout(done, time));
    watch.disconnect();
    return longest;
  }, ms);

test("the grid shows all of them, live, and answers at once", async () => {
  const page = await openPage(browser, job());
  const rows = page.locator(".replicas tbody tr");
  await rows.nth(replicas - 1).waitFor({ state: "attached" });
  expect(await rows.count()).toBe(replicas);
  // Also the last of them has figures.
  await waitFor("figures", async () =>
    /\d/.test(
      await rows
        .nth(replicas - 1)
        .locator("td")
        .nth(2)
        .innerText(),
    ),
  );
  await page.waitForTimeout(1000);
  const moved = await layoutShift(page);
  const took: Record<string, number> = { "longest task": await longestTask(page, 5000) };
  expect((await layoutShift(page)) - moved).toBeLessThan(0.01);
  expect(await violations(page)).toEqual([]);
  await picture(page, "replicas-light", true);
  took.charts = await timed(page, "Charts", ".chart-card canvas");
  await page
    .getByText(`The 8 busiest are drawn; ${replicas - 1 - 8} more are not.`)
    .first()
    .waitFor();
  await picture(page, "replicas-charts", true);
  took["longest task with charts"] = await longestTask(page, 4000);
  took.log = await timed(page, "Log", ".log-row");
  took["longest task with log"] = await longestTask(page, 2500);
  took.overview = await timed(page, "Overview", ".replicas tbody tr");
  const heap = await heapOf(page);
  console.log(
    `  ${replicas} replicas: ${Object.entries(took)
      .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
      .join(", ")}; heap ${heap.toFixed(1)} MB`,
  );
  expect(heap).toBeLessThan(200);
  if (isQuiet()) for (const [name, ms] of Object.entries(took)) expect(ms, name).toBeLessThan(1000);
  expect(page.complaints).toEqual([]);
});

test("one of them is found: by its state, in the log by its name", async () => {
  const page = await openPage(browser, job());
  const conditions = page.getByRole("group", { name: "By state" });
  await conditions.getByRole("button", { name: `running ${replicas - 1}` }).waitFor();
  const rows = page.locator(".replicas tbody tr");
  await conditions.getByRole("button", { name: "finished 1" }).click();
  await waitFor("that one alone", async () => (await rows.count()) === 1);
  expect(await rows.getAttribute("data-replica")).toBe("worker 7");
  await picture(page, "replicas-ended");
  await conditions.getByRole("button", { name: "All" }).click();
  await waitFor("all", async () => (await rows.count()) === replicas);
  const log = page.getByRole("link", { name: "Full log" });
  await log.click();
  await page.locator(".log-row").first().waitFor();
  await page.locator("summary", { hasText: "All replicas" }).click();
  await page.getByLabel("Find a replica").fill(`worker ${replicas - 2}`);
  await picture(page, "replicas-log");
  await page.getByRole("checkbox", { name: `worker ${replicas - 2}` }).check();
  await page.keyboard.press("Escape");
  await waitFor("its lines alone", async () => {
    const texts = await page.locator(".log-row .log-text").allInnerTexts();
    return (
      texts.length > 0 && texts.every((text) => text.includes(`worker ${replicas - 2}`) || !/says/.test(text))
    );
  });
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);
});

test("dark, and Korean on a phone", async () => {
  const dark = await openPage(browser, job(), { theme: "dark" });
  await dark.locator(".replicas tbody tr").first().waitFor();
  expect(await violations(dark)).toEqual([]);
  await picture(dark, "replicas-dark");
  const phone = await openPage(browser, job(), { language: "ko", phone: true });
  await phone.locator(".replicas tbody tr").first().waitFor();
  expect(
    await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  expect(await violations(phone)).toEqual([]);
  await picture(phone, "replicas-phone-ko", true);
  expect([...dark.complaints, ...phone.complaints]).toEqual([]);
});
