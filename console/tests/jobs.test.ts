import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { layoutShift, openPage, picture, startBrowser } from "./support/browser";
import { Engine, sleep } from "./support/engine";

let engine: Engine;
let browser: Browser;

// Goes on until a file is there, telling its steps.
const waits = `
import os, sys, time
step = 0
while not os.path.exists(sys.argv[1]):
    step = min(step + 1, 90)
    print("step %d/100" % step, flush=True)
    time.sleep(0.06)
`;
const fails = `raise ValueError("the learning rate <b>exploded</b>")`;

const row = (page: Page, job: string) => page.getByRole("row").filter({ hasText: job });
const count = (page: Page, group: string) =>
  page.getByRole("button", { name: new RegExp(`^[\\d,]+ ?${group}$`) });

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("an empty project says how to begin", async () => {
  const page = await openPage(browser, `${engine.url}/ui`);
  await page.getByText("No jobs yet").waitFor();
  await page.getByText("mlengine jobs submit training").waitFor();
  expect(await violations(page)).toEqual([]);
});

test("jobs appear and change without a reload", async () => {
  const page = await openPage(browser, `${engine.url}/ui`);
  await page.getByText("No jobs yet").waitFor();
  const gate = join(engine.folder, "gate");
  engine.submit("goes_on", waits, { args: [gate], flags: ["--labels", "owner=me,kind=long"] });
  await row(page, "goes_on").getByText("Running").waitFor();
  await row(page, "goes_on").getByText("owner=me").waitFor();
  await row(page, "goes_on").getByText("90%").waitFor({ timeout: 40_000 });
  engine.submit("breaks", fails, { flags: ["--labels", "owner=you"] });
  await row(page, "breaks").getByText("Failed").waitFor({ timeout: 30_000 });
  // What it failed of, as text.
  await row(page, "breaks").getByText("<b>exploded</b>").waitFor();
  await picture(page, "jobs-light");
  expect(await violations(page)).toEqual([]);
  engine.mlengine("jobs", "cancel", "goes_on");
  await row(page, "goes_on").getByText("Cancelled").waitFor({ timeout: 30_000 });
  expect(page.complaints).toEqual([]);
  expect(await layoutShift(page)).toBeLessThan(0.02);
});

test("what is searched, filtered and sorted stands in the address", async () => {
  engine.submit("ends_well", "print('done')", { flags: ["--scale-tier", "BASIC"] });
  await engine.waitState("ends_well", "SUCCEEDED");
  const page = await openPage(browser, `${engine.url}/ui`);
  await row(page, "ends_well").waitFor();
  await page.getByLabel("Search by id").fill("exploded");
  await row(page, "ends_well").waitFor({ state: "detached" });
  await row(page, "breaks").waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe("exploded");
  await page.getByLabel("Search by id").fill("");
  await page.getByLabel("Filter", { exact: true }).fill("labels.owner:me");
  await row(page, "breaks").waitFor({ state: "detached" });
  await row(page, "goes_on").waitFor();
  expect(new URL(page.url()).searchParams.get("filter")).toBe("labels.owner:me");
  await page.getByLabel("Filter", { exact: true }).fill("nosuchfield:x");
  await page.getByRole("alert").getByText("nosuchfield").waitFor();
  await page.getByLabel("Filter", { exact: true }).fill("");
  await page.getByRole("button", { name: "Job id" }).click();
  await page.waitForFunction(() => new URL(location.href).searchParams.get("sort") === "jobId");
  await row(page, "breaks").waitFor();
  const ids = await page.locator(".rows .cell.jobId").allInnerTexts();
  expect(ids).toEqual([...ids].sort());
  await count(page, "Failed").click();
  await row(page, "ends_well").waitFor({ state: "detached" });
  // The same link shows the same.
  const again = await openPage(browser, page.url());
  await row(again, "breaks").waitFor();
  expect(await row(again, "ends_well").count()).toBe(0);
  expect(await again.getByRole("button", { name: "Job id" }).locator("..").getAttribute("aria-sort")).toBe(
    "ascending",
  );
});

test("many are cancelled at once, by keys alone", async () => {
  const gate = join(engine.folder, "gate2");
  for (const job of ["many_1", "many_2", "many_3"]) engine.submit(job, waits, { args: [gate] });
  await Promise.all(["many_1", "many_2"].map((job) => engine.waitState(job, "RUNNING")));
  const page = await openPage(browser, `${engine.url}/ui?q=many_&sort=jobId`);
  await row(page, "many_3").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByText("2 selected").waitFor();
  await page.getByRole("button", { name: "Cancel 2 jobs" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("many_2").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Cancel 2 jobs" }).press("Enter");
  await row(page, "many_1").getByText("Cancelled").waitFor({ timeout: 30_000 });
  await row(page, "many_2").getByText("Cancelled").waitFor({ timeout: 30_000 });
  expect((await engine.job("many_3")).state).not.toBe("CANCELLED");
  // Enter opens the one with the keys.
  await page.getByRole("grid").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/ui/jobs/many_2?project=default");
  engine.mlengine("jobs", "cancel", "many_3");
});

test("dark, Korean and on a phone", async () => {
  const dark = await openPage(browser, `${engine.url}/ui`, { theme: "dark" });
  await row(dark, "breaks").waitFor();
  expect(await violations(dark)).toEqual([]);
  await picture(dark, "jobs-dark");
  const korean = await openPage(browser, `${engine.url}/ui`, { language: "ko" });
  await row(korean, "breaks").getByText("실패").waitFor();
  await picture(korean, "jobs-korean");
  const phone = await openPage(browser, `${engine.url}/ui`, { phone: true });
  await row(phone, "breaks").waitFor();
  await picture(phone, "jobs-phone");
  expect(await violations(phone)).toEqual([]);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
});

test("the server dies and comes back while the table is looked at", async () => {
  const page = await openPage(browser, `${engine.url}/ui`);
  await row(page, "breaks").waitFor();
  await engine.kill();
  await page.getByText("The engine does not answer").waitFor({ timeout: 30_000 });
  // What was there can still be read.
  await row(page, "breaks").waitFor();
  await engine.restart();
  await page.getByText("The engine does not answer").waitFor({ state: "detached" });
  engine.submit("after_restart", "print('done')");
  await row(page, "after_restart").getByText("Succeeded").waitFor({ timeout: 40_000 });
  expect(page.complaints).toEqual([]);
});

test("a hundred thousand jobs scroll, and answer at once", async () => {
  await engine.kill();
  const script = fileURLToPath(new URL("support/many_jobs.py", import.meta.url));
  const filled = spawnSync("python3", [script, join(engine.data, "state.db"), "100000"], {
    encoding: "utf8",
  });
  expect(filled.stderr).toBe("");
  await engine.restart();
  const page = await openPage(browser, `${engine.url}/ui`);
  await page.waitForFunction(
    () => document.querySelector("[aria-rowcount]")?.getAttribute("aria-rowcount") !== "1",
  );
  await page.waitForFunction(
    () => Number(document.querySelector("[aria-rowcount]")?.getAttribute("aria-rowcount")) > 100_000,
    undefined,
    { timeout: 60_000 },
  );
  // Scrolls through all of it in a second, a step each frame.
  const frames = await page.evaluate(async () => {
    const grid = document.querySelector(".job-grid") as HTMLElement;
    const took: number[] = [];
    let last = performance.now();
    for (let step = 1; step <= 60; step++) {
      grid.scrollTop = (grid.scrollHeight * step) / 60;
      await new Promise((done) => requestAnimationFrame(done));
      took.push(performance.now() - last);
      last = performance.now();
    }
    return took.sort((a, b) => a - b);
  });
  await page.waitForFunction(() => {
    const ids = [...document.querySelectorAll(".rows .cell.jobId")];
    return ids.length > 10 && ids.every((cell) => cell.textContent !== "…");
  });
  // From the click, or the last letter, until that job is on top, on the page's own clock.
  const timed = async (what: string, box: Locator, act: "click" | string, id: string) => {
    const took = await box.evaluate(
      async (element, [does, wanted]) => {
        const begin = performance.now();
        if (does === "click") (element as HTMLElement).click();
        else {
          (element as HTMLInputElement).value = does ?? "";
          element.dispatchEvent(new Event("input", { bubbles: true }));
        }
        while (document.querySelector(".rows .cell.jobId")?.textContent !== wanted)
          await new Promise(requestAnimationFrame);
        return performance.now() - begin;
      },
      [act, id],
    );
    console.log(`  ${what}: ${took.toFixed(0)} ms`);
  };
  await page.getByRole("grid").focus();
  await page.keyboard.press("Home");
  await timed("sort by id", page.getByRole("button", { name: "Job id" }), "click", "after_restart");
  await timed("show the failed", count(page, "Failed"), "click", "breaks");
  await page.goto(`${engine.url}/ui`);
  await row(page, "m000").first().waitFor();
  await timed(
    "search for one (200 ms of them wait for more letters)",
    page.getByLabel("Search by id"),
    "goes_on",
    "goes_on",
  );
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const heap = (metrics.find((one) => one.name === "JSHeapUsedSize")?.value ?? Number.NaN) / 1e6;
  const at = (share: number) => frames[Math.floor(share * (frames.length - 1))]?.toFixed(1);
  console.log(
    `  frames while scrolling: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms; heap ${heap.toFixed(1)} MB`,
  );
  expect(heap).toBeLessThan(200);
  await sleep(0);
});
