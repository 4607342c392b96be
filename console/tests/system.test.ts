import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { openPage, picture, startBrowser } from "./support/browser";
import { Engine } from "./support/engine";

let engine: Engine;
let browser: Browser;

/** A wheel of one module, made by hand, so that an installation needs no network. */
function makeWheel(folder: string): string {
  const info = "greeting-1.0.dist-info";
  mkdirSync(join(folder, info), { recursive: true });
  writeFileSync(join(folder, "greeting.py"), "TEXT = 'hello'\n");
  writeFileSync(join(folder, info, "METADATA"), "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n");
  writeFileSync(
    join(folder, info, "WHEEL"),
    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  );
  writeFileSync(join(folder, info, "RECORD"), "");
  const wheel = "greeting-1.0-py3-none-any.whl";
  execFileSync("python3", ["-m", "zipfile", "-c", wheel, "greeting.py", info], { cwd: folder });
  return join(folder, wheel);
}

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(), startBrowser()]);
  const python = execFileSync("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  const runtimes = join(engine.data, "runtimes");
  mkdirSync(runtimes, { recursive: true });
  const entry = (name: string, wheel: string) =>
    `  "${name}":\n    framework: Greeting 1.0\n    python: ["${python.toString().trim()}"]\n    requirements: ["${wheel}"]\n`;
  writeFileSync(
    join(runtimes, "catalog.yaml"),
    `runtimes:\n${entry("9.1", makeWheel(join(engine.folder, "wheel")))}${entry("9.2", "/no/such-1.0-py3-none-any.whl")}`,
  );
  engine.environment.PIP_NO_INDEX = "1";
  await engine.kill();
  await engine.restart();
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

// An environment is built by the machine's own Python and pip, which takes its time where others build too.
const patience = 300_000;

const runtimesOf = (page: Page) => page.getByRole("region", { name: "Runtimes" });

test("the engine tells of itself, its disk and its limits", async () => {
  engine.submit("one", "print('ok')");
  await engine.waitState("one", "SUCCEEDED");
  const page = await openPage(browser, `${engine.url}/ui/system`);
  const health = page.getByRole("region", { name: "Health" });
  await health.getByText("All is well").waitFor();
  await health.getByText(engine.data, { exact: true }).waitFor();
  await health.getByText("1 in all, 0 running").waitFor();
  const told = await engine.get<{ version: string; limits: { name: string }[] }>("/mlengine/v1/system");
  expect(await health.innerText()).toContain(told.version);
  // Measured behind the page's back.
  await page.getByRole("region", { name: "Data" }).getByText("Buckets").waitFor({ timeout: 60_000 });
  await health.getByText("mlengine-runner").waitFor({ timeout: 60_000 });
  const disk = page.getByRole("region", { name: "Disk" });
  await expect.poll(() => disk.innerText()).toMatch(/Free\s+[\d.]+ [KMGT]iB/);
  const limits = page.getByRole("region", { name: "Limits" });
  await limits.getByText("slots", { exact: true }).waitFor();
  expect(await limits.locator("dt").count()).toBe(told.limits.length);
  expect(await limits.innerText()).toMatch(/slots\s+4/);
  expect(page.complaints).toEqual([]);
});

test(
  "a runtime is installed, kept while a job needs it, and removed; one that fails says why",
  async () => {
    const page = await openPage(browser, `${engine.url}/ui/system`);
    const runtimes = runtimesOf(page);
    const row = runtimes.getByRole("row", { name: /^9\.1 / });
    await row.getByText("Can be installed").waitFor();
    await page.getByRole("button", { name: "Install 9.1" }).click();
    await page.getByText("Runtime 9.1 is installed").waitFor({ timeout: patience });
    await row.getByText("Installed", { exact: true }).waitFor();

    // A job of it runs: it is kept, and the page says for whom.
    engine.submit("needs_it", "import greeting, time\ntime.sleep(600)", {
      flags: ["--runtime-version", "9.1"],
    });
    await engine.waitState("needs_it", "RUNNING", 120);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Remove 9.1" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await dialog.getByText(/needed by unfinished jobs \(default\/needs_it\)/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    engine.mlengine("jobs", "cancel", "needs_it");
    await engine.waitState("needs_it", "CANCELLED");

    await page.getByRole("button", { name: "Install 9.2" }).click();
    await page.getByText("Runtime 9.2 could not be installed").waitFor({ timeout: patience });
    await expect.poll(() => runtimes.getByRole("alert").innerText()).toContain("such-1.0");
    await picture(page, "system-light", true);

    await page.getByLabel("Installed only").check();
    await runtimes.getByText("9.2", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove 9.1" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByText("Runtime 9.1 is removed").waitFor();
    await row.waitFor({ state: "detached" });
    const told = await engine.get<{ state: string }>("/mlengine/v1/runtimes/9.1");
    expect(told.state).toBe("AVAILABLE");
    expect(page.complaints).toEqual([]);
  },
  2 * patience,
);

test("in both themes, in Korean, on a phone", async () => {
  for (const looks of [{ theme: "light" }, { theme: "dark" }, { phone: true, language: "ko" }] as const) {
    const page = await openPage(browser, `${engine.url}/ui/system`, looks);
    await page.getByRole("table").first().waitFor();
    await page.waitForTimeout(500);
    expect(await violations(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    if (!("theme" in looks) || looks.theme === "dark")
      await picture(page, `system-${"theme" in looks ? "dark" : "ko-phone"}`, true);
    expect(page.complaints).toEqual([]);
  }
});
