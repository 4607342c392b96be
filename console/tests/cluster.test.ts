import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { openPage, picture, startBrowser } from "./support/browser";
import { Engine, waitFor } from "./support/engine";

let engine: Engine;
let browser: Browser;

// Works until it is cancelled, so that it uses a CPU and memory.
const busy = `
import time
block = bytearray(60 * 1024 * 1024)
while True:
    sum(range(200000))
    time.sleep(0.02)
`;

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(["slots: 3"]), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("an engine without jobs says what would stand here", async () => {
  const page = await openPage(browser, `${engine.url}/ui/cluster`);
  await page.getByText("Nothing runs").waitFor();
  await page.getByText("Nobody waits").waitFor();
  await page.getByText("0 of 3").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);
});

test("what runs, what it uses, and who waits and why, without loading again", async () => {
  const page = await openPage(browser, `${engine.url}/ui/cluster`);
  await page.getByText("0 of 3").waitFor();
  const two = ["--scale-tier", "custom", "--master-machine-type", "standard"];
  engine.submit("grinder", busy, {
    flags: [...two, "--worker-machine-type", "standard", "--worker-count", "1"],
  });
  await engine.waitState("grinder", "RUNNING");
  // Needs as many slots as there are, so it waits for the first one's end.
  engine.submit("in_line", "print('ok')", {
    flags: [...two, "--worker-machine-type", "standard", "--worker-count", "2"],
  });

  const runs = page.getByRole("region", { name: "What runs where" });
  await runs.getByRole("link", { name: "grinder" }).waitFor();
  await page.getByText("2 of 3").waitFor();
  const worker = runs.getByRole("row", { name: /worker-replica-0/ });
  await worker.getByText("Running").waitFor();
  // The newest sample of each replica.
  await waitFor(
    "what the worker uses",
    async () => /MiB/.test(await worker.innerText()) && /\d\.\d\d/.test(await worker.innerText()),
    60,
  );
  const queue = page.getByRole("region", { name: "Queue" });
  const waiting = queue.getByRole("listitem");
  await waiting.getByRole("link", { name: "in_line" }).waitFor();
  expect(await waiting.innerText()).toMatch(/3 slots · waits for/);
  expect(await waiting.innerText()).toMatch(/needs 3 slots/i);
  await picture(page, "cluster-light", true);
  expect(await violations(page)).toEqual([]);

  for (const looks of [{ theme: "dark" }, { phone: true, language: "ko" }] as const) {
    const other = await openPage(browser, `${engine.url}/ui/cluster?project=elsewhere`, looks);
    await other.getByRole("link", { name: "grinder" }).waitFor();
    expect(await violations(other)).toEqual([]);
    if ("language" in looks) await other.getByText(/슬롯 3개가 필요합니다/).waitFor();
    const wide = await other.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    await picture(other, `cluster-${"theme" in looks ? looks.theme : "ko-phone"}`, true);
    expect(other.complaints).toEqual([]);
  }

  // Its place is free: the next begins, and the page goes on by itself.
  engine.mlengine("jobs", "cancel", "grinder");
  await queue.getByText("Nobody waits").waitFor({ timeout: 60_000 });
  await engine.waitState("in_line", "SUCCEEDED");
  await page.getByText("0 of 3").waitFor({ timeout: 60_000 });
  await runs.getByText("Nothing runs").waitFor();
  expect(page.complaints).toEqual([]);
});

test("a job's link leads to its page, in its own project", async () => {
  engine.submit("linked", busy);
  await engine.waitState("linked", "RUNNING");
  const page = await openPage(browser, `${engine.url}/ui/cluster?project=elsewhere`);
  await page.getByText("in default").waitFor();
  await page.getByRole("link", { name: "linked" }).click();
  await page.waitForURL(/\/ui\/jobs\/linked\?project=default$/);
  engine.mlengine("jobs", "cancel", "linked");
});
