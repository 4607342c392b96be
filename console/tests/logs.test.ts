import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { percentile } from "~/logs/delay";
import { violations } from "./support/axe";
import { heapOf, isQuiet, openPage, picture, startBrowser } from "./support/browser";
import { Engine, sleep, waitFor } from "./support/engine";

let engine: Engine;
let browser: Browser;

// Of the long log, of 100 bytes each; MLENGINE_LOG_LINES=100000000 makes 10 GB of them.
const lines = Number(process.env.MLENGINE_LOG_LINES ?? 2_000_000);
const digits = String(lines - 1).length;
const patience = 180 * Math.max(1, lines / 20_000_000); // seconds

beforeAll(async () => {
  const limit = `outputLimitBytes: ${Math.max(2 ** 30, 150 * lines)}`;
  [engine, browser] = await Promise.all([Engine.start([limit]), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

const logOf = (job: string, more = "") => `${engine.url}/ui/jobs/${job}/log?project=default${more}`;
const rows = (page: Page) => page.locator(".log-row");
const row = (page: Page, text: string) => rows(page).filter({ hasText: text });
const complete = (page: Page, seconds = 60) =>
  page
    .locator(".log-status")
    .getByText("Complete")
    .waitFor({ timeout: seconds * 1000 });

/** The text of all lines that the page holds, through the keys and the clipboard. */
async function allText(page: Page): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText("none"));
  await page.locator(".log-scroll").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("c");
  const copied = await waitFor("the copied lines", async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text === "none" ? undefined : text;
  });
  await page.keyboard.press("Escape"); // nothing stays selected
  return copied;
}

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/^line (\d+)/gm)].map((found) => Number(found[1]));

/** Begins to note how far frames are apart; the answer ends it. */
async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const seen = window as unknown as { frames: number[]; framesEnd: boolean };
    seen.frames = [];
    seen.framesEnd = false;
    let last = performance.now();
    const next = (now: number) => {
      seen.frames.push(now - last);
      last = now;
      if (!seen.framesEnd) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  return () =>
    page.evaluate(() => {
      const seen = window as unknown as { frames: number[]; framesEnd: boolean };
      seen.framesEnd = true;
      return seen.frames.slice(1);
    });
}

test("escape sequences, markup and odd characters are text", async () => {
  engine.submit(
    "odd",
    `
import json, sys
esc = chr(27)
print(esc + "[31mred" + esc + "[0m plain")
print("<script>document.title='broken'</script><img src=x onerror=alert(1)>")
print(esc + "]0;title" + chr(7) + esc + "[2J" + esc + "[10;10Hmoved" + chr(0x202e) + "turned")
print(esc + "]8;;javascript:alert(1)" + esc + "\\\\link")
print(json.dumps({"message": "with fields", "severity": "WARNING", "loss": 0.25, "deep": {"html": "<b>"}}))
print("long " + "0123456789" * 700)
for n in range(1, 30):
    print("%3d%%|%-10s| %d/30 [00:01<00:02, 5.0it/s]" % (n * 100 // 30, "#" * (n // 3), n))
sys.stdout.flush()
raise ValueError("the <i>loss</i> is nan")
`,
  );
  await engine.waitState("odd", "FAILED");
  const page = await openPage(browser, logOf("odd"));
  await complete(page);
  await page.locator(".log-scroll").focus();
  await page.keyboard.press("Home");

  await row(page, "red plain").locator(".ink-1").waitFor();
  await row(page, "<script>document.title='broken'</script><img src=x").waitFor();
  const turned = row(page, "ESC]0;titleBEL ESC[2J ESC[10;10Hmoved ⟨202E⟩turned".replace(/ /g, ""));
  await turned.waitFor();
  expect(await turned.locator(".symbol").count()).toBe(4);
  await row(page, "ESC]8;;javascript:alert(1)ESC\\link").waitFor();
  expect(await page.locator(".log-scroll a, .log-scroll img, .log-scroll script").count()).toBe(0);
  expect(await page.title()).not.toContain("broken");

  // Fields of a JSON line.
  const json = row(page, "with fields");
  expect(await json.getByText('"<b>"').count()).toBe(0);
  await json.getByRole("button", { name: "Unfold" }).click();
  await json.getByText('"html": "<b>"').waitFor();
  await json.getByRole("button", { name: "Fold", exact: true }).click();

  // A long line is cut, a bar is its last state, a traceback its first and last line.
  expect((await row(page, "long 0123").innerText()).length).toBeLessThan(2200);
  await row(page, "long 0123")
    .getByRole("button", { name: /Show all/ })
    .click();
  await waitFor("the whole line", async () => (await row(page, "long 0123").innerText()).length > 7000);
  await page.keyboard.press("End");
  const bar = row(page, "29/30");
  await bar.getByRole("button", { name: "28 earlier states" }).click();
  await row(page, " 14/30").first().waitFor({ state: "attached" });
  const trace = row(page, "ValueError: the <i>loss</i> is nan").first();
  expect(await trace.getByText("raise ValueError").count()).toBe(0);
  await trace.getByRole("button", { name: /more lines/ }).click();
  await trace.getByText("raise ValueError").waitFor();
  await picture(page, "log-odd");
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);

  // The whole log as a file.
  const href = await page.getByRole("link", { name: "Download", exact: true }).getAttribute("href");
  const file = await (await fetch(new URL(href ?? "", engine.url))).text();
  expect(file).toContain("with fields");
});

test("the first failure is a press away, and a link leads to a line", async () => {
  const { cause } = await engine.get<{ cause?: { insertId?: string } }>(
    "/mlengine/v1/projects/default/jobs/odd/explanation",
  );
  expect(cause?.insertId).toMatch(/^\d{12}$/);
  const page = await openPage(browser, logOf("odd"));
  await page.getByRole("button", { name: "First failure" }).click();
  await page.locator(".log-row.failed.selected").getByText("ValueError").first().waitFor();
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = await waitFor("the link", () => page.evaluate(() => navigator.clipboard.readText()));
  expect(new URL(link).searchParams.get("line")).toBe(cause?.insertId);

  const other = await openPage(browser, link);
  await other.locator(".log-row.marked").getByText("ValueError").first().waitFor();
  expect(other.complaints).toEqual([]);
});

test("lines are filtered by severity, replica, text and time; what is filtered stands in the address", async () => {
  engine.submit(
    "several",
    `
import json, os, time
task = json.loads(os.environ.get("TF_CONFIG", "{}")).get("task", {})
who = "%s %s" % (task.get("type"), task.get("index"))
for n in range(200):
    print("line %d of %s" % (n, who), flush=True)
print(json.dumps({"message": "careful, " + who, "severity": "WARNING"}), flush=True)
if task.get("type") != "worker":
    time.sleep(2)  # the job ends with its master
`,
    {
      flags: [
        ...["--scale-tier", "CUSTOM", "--master-machine-type", "standard"],
        ...["--worker-count", "2", "--worker-machine-type", "standard"],
      ],
    },
  );
  await engine.waitState("several", "SUCCEEDED");
  const page = await openPage(browser, logOf("several"));
  await complete(page);

  await page.getByLabel("Severity").selectOption("WARNING");
  await row(page, "careful, worker 1").waitFor();
  expect(await allText(page)).not.toContain("line 1 of");
  expect(new URL(page.url()).searchParams.get("severity")).toBe("WARNING");
  await page.getByLabel("Severity").selectOption("");

  await page.getByLabel("Replicas").click();
  await page.getByRole("checkbox", { name: "worker 1" }).check();
  const own = await waitFor("the lines of one replica alone", async () => {
    const text = await allText(page);
    return text.includes("worker 0") ? undefined : text;
  });
  expect(own).toContain("careful, worker 1");
  expect(numbersIn(own)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  // It closes when the focus leaves it.
  if (!(await page.locator(".log-replicas").evaluate((menu) => (menu as HTMLDetailsElement).open)))
    await page.getByLabel("Replicas").click();
  await page.getByRole("checkbox", { name: "worker 0" }).check();
  await page.getByLabel("Severity").selectOption("WARNING");
  await row(page, "careful, worker 0").waitFor();
  await row(page, "careful, worker 1").waitFor();
  await page.getByLabel("Severity").selectOption("");
  await page.keyboard.press("Escape");

  // The same again by its address.
  const again = await openPage(browser, page.url());
  await complete(again);
  expect(numbersIn(await allText(again)).length).toBe(400);

  await page.keyboard.press("/");
  await page.keyboard.type("LINE 177 OF");
  await waitFor("the lines with the text", async () => (await rows(page).count()) === 2);
  expect(await page.locator("mark").allInnerTexts()).toEqual(["line 177 of", "line 177 of"]);
  // A match among its neighbours.
  await page.keyboard.press("Enter");
  await page.locator(".log-row.cursor").getByText("line 177").waitFor();
  await page.getByLabel("Only lines with it").uncheck();
  await row(page, "line 176 of").first().waitFor();
  await page.locator(".log-row.cursor").getByText("line 177").waitFor();
  const first = await page.locator(".log-row.cursor").getAttribute("data-id");
  await page.locator(".log-scroll").focus();
  await page.keyboard.press("n");
  await waitFor(
    "the next match",
    async () => (await page.locator(".log-row.cursor").getAttribute("data-id")) !== first,
  );
  await page.keyboard.press("Shift+N");
  await waitFor(
    "the match before",
    async () => (await page.locator(".log-row.cursor").getAttribute("data-id")) === first,
  );

  await page.getByRole("searchbox", { name: "Search the log" }).fill("no line has this");
  await page.getByLabel("Only lines with it").check();
  await page.getByText("No line passes these filters").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await rows(page).first().waitFor();
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);
});

test("the log of a job that waits is live, and complete when the job was cancelled", async () => {
  const everySlot = ["--worker-count", "3", "--worker-machine-type", "standard"];
  engine.submit("hogs", "import time\ntime.sleep(600)", {
    flags: ["--scale-tier", "CUSTOM", "--master-machine-type", "standard", ...everySlot],
  });
  await engine.waitState("hogs", "RUNNING");
  engine.submit("waits", "print('never')");
  const page = await openPage(browser, logOf("waits"));
  await row(page, "Job waits is queued.").waitFor();
  await page.locator(".log-status").getByText("Live").waitFor();
  engine.mlengine("jobs", "cancel", "waits");
  engine.mlengine("jobs", "cancel", "hogs");
  await complete(page);
  await engine.waitState("hogs", "CANCELLED");
  expect(page.complaints).toEqual([]);
});

test("5,000 lines a second are followed without a stop, and memory stays", async () => {
  const gate = join(engine.folder, "gate");
  engine.submit(
    "fast",
    `
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
begin, n = time.monotonic(), 0
while n < 50000:
    due = min(50000, int((time.monotonic() - begin) * 5000))
    if due > n:
        sys.stdout.write("".join("line %06d %s\\n" % (i, "lorem ipsum " * 6) for i in range(n, due)))
        sys.stdout.flush()
        n = due
    time.sleep(0.005)
`,
    { args: [gate] },
  );
  await engine.waitState("fast", "RUNNING");
  const page = await openPage(browser, logOf("fast"));
  await page.locator(".log-status").getByText("Live").waitFor();
  const idle = await watchFrames(page);
  await sleep(2000);
  const before = await idle();

  writeFileSync(gate, "");
  const busy = await watchFrames(page);
  await sleep(9000);
  const frames = await busy();
  await picture(page, "log-fast");
  const quiet = isQuiet();
  // Scrolling up pauses, and the view stands while lines come.
  await page.locator(".log-scroll").hover();
  await page.mouse.wheel(0, -600);
  await page
    .locator(".log-status")
    .getByText(/Paused|Complete/)
    .waitFor();
  // The pause is told before the browser has moved the view that far; after it, nothing moves by itself.
  const linesSeen = async () => (await page.locator(".log-position").innerText()).split(" of ")[0];
  const stands = await waitFor("a view that stands", async () => {
    const seen = await linesSeen();
    await sleep(300);
    return (await linesSeen()) === seen && seen;
  });
  await sleep(600);
  expect(await linesSeen()).toBe(stands);
  await page.locator(".log-scroll").focus();
  await page.keyboard.press("f");

  await complete(page);
  await row(page, "line 049999").waitFor();
  const numbers = numbersIn(await allText(page));
  const first = numbers[0] ?? Number.NaN;
  expect(numbers).toEqual(Array.from({ length: 50_000 - first }, (_, n) => first + n));
  const heap = await heapOf(page);
  const tell = (list: number[]) =>
    `p50 ${percentile(list, 0.5).toFixed(1)}, p95 ${percentile(list, 0.95).toFixed(1)}, ` +
    `p99 ${percentile(list, 0.99).toFixed(1)}, longest ${Math.max(...list).toFixed(1)} ms of ${list.length}`;
  console.log(`frames without work: ${tell(before)}`);
  console.log(
    `frames at 5,000 lines/s: ${tell(frames)}; memory ${heap.toFixed(1)} MB; quiet machine: ${quiet}`,
  );
  expect(heap).toBeLessThan(200);
  // Of a machine that is busy with other things the figures say little; even then it never freezes.
  expect(Math.max(...frames)).toBeLessThan(quiet ? 250 : 1500);
  expect(percentile(frames, 0.95)).toBeLessThan(quiet ? 50 : 250);
  expect(page.complaints).toEqual([]);
});

test("the server dies and comes back: the log goes on without loss or doubling", async () => {
  engine.submit(
    "goes_on",
    `
import time
for n in range(1200):
    print("line %d" % n, flush=True)
    time.sleep(0.01)
`,
  );
  const page = await openPage(browser, logOf("goes_on"));
  await row(page, "line 100").first().waitFor({ timeout: 60_000 });
  await engine.kill();
  await page.getByRole("alert").getByText("The engine does not answer").waitFor({ timeout: 60_000 });
  await sleep(1500);
  await engine.restart();
  await complete(page, 90);
  expect(numbersIn(await allText(page))).toEqual(Array.from({ length: 1200 }, (_, n) => n));
  expect(page.complaints).toEqual([]);
});

test("a log of millions of lines opens at once, at any place", async () => {
  engine.submit(
    "long",
    `
import sys
for begin in range(0, ${lines}, 10000):
    sys.stdout.write("".join("line %0${digits}d %s\\n" % (n, "x" * 86) for n in range(begin, begin + 10000)))
`,
  );
  await engine.waitState("long", "SUCCEEDED", patience);
  const page = await openPage(browser, `${engine.url}/ui/system`);
  const opened = await page.evaluate(async (address) => {
    const begin = performance.now();
    history.pushState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
    while (!document.querySelector(".log-row")) await new Promise(requestAnimationFrame);
    return performance.now() - begin;
  }, logOf("long"));
  await complete(page);
  const jumped = await page.evaluate(async (lines) => {
    const bar = document.querySelector(".log-overview") as HTMLElement;
    const box = bar.getBoundingClientRect();
    const at = { clientX: box.left + 4, clientY: box.top + box.height / 2, pointerId: 1, bubbles: true };
    bar.setPointerCapture = () => {};
    const begin = performance.now();
    bar.dispatchEvent(new PointerEvent("pointerdown", at));
    bar.dispatchEvent(new PointerEvent("pointerup", at));
    const isThere = () => {
      const text = document.querySelector(".log-row .log-text")?.textContent ?? "";
      return Math.abs(Number(/^line (\d+)/.exec(text)?.[1] ?? 0) - lines / 2) < lines / 200;
    };
    while (!isThere()) await new Promise(requestAnimationFrame);
    return performance.now() - begin;
  }, lines);
  console.log(
    `${lines} lines: opened in ${opened.toFixed(0)} ms, in the middle after ${jumped.toFixed(0)} ms`,
  );
  await picture(page, "log-long");

  // A text far away is found by going through the log in pieces.
  await page.keyboard.press("/");
  const last = `line ${lines - 10}`;
  await page.keyboard.type(last);
  await row(page, last).waitFor({ timeout: patience * 1000 });
  await page.getByRole("searchbox", { name: "Search the log" }).fill("");
  await rows(page).nth(5).waitFor();

  // Scrolling for long keeps the window bounded, and its lines in order.
  await page.locator(".log-scroll").hover();
  for (let n = 0; n < 60; n++) {
    await page.mouse.wheel(0, -6000);
    await sleep(30);
  }
  await page.locator('.log-view[data-opening="false"]').waitFor();
  const numbers = numbersIn(await allText(page));
  expect(numbers.length).toBeGreaterThan(500);
  expect(numbers.length).toBeLessThanOrEqual(5000);
  expect(numbers.every((n, at) => at === 0 || n === (numbers[at - 1] ?? 0) + 1)).toBe(true);
  const heap = await heapOf(page);
  console.log(`${lines} lines: memory ${heap.toFixed(1)} MB`);
  expect(heap).toBeLessThan(200);
  expect(Math.max(opened, jumped)).toBeLessThan(isQuiet() ? 1000 : 6000);
  expect(page.complaints).toEqual([]);
}, 3_600_000);

test("a long search is stopped, keeps what it found, and goes on where it was", async () => {
  // 300 MB, with what is looked for at both ends: a quick machine goes through 60 MB of it in a piece.
  engine.submit(
    "haystack",
    `
import sys
for begin in range(0, 3000000, 10000):
    sys.stdout.write("".join("line %07d %s\\n" % (n, "needle" if n in (5000, 2999900) else "x" * 86)
                             for n in range(begin, begin + 10000)))
`,
  );
  await engine.waitState("haystack", "SUCCEEDED", 180);
  const page = await openPage(browser, logOf("haystack"));
  await complete(page);
  // As over a slow line: each piece of a search takes a while.
  let asked = 0;
  let late = 800;
  let held: Promise<void> | undefined;
  await page.route("**/log:window?*contains=*", async (route) => {
    asked += 1;
    await (held ?? sleep(late));
    await route.continue();
  });
  const status = page.locator(".log-status");
  const gone = async () =>
    Number(/([\d,]+) of/.exec(await status.innerText())?.[1]?.replaceAll(",", "") ?? "0");
  const stop = status.getByRole("button", { name: "Stop", exact: true });
  const stopSearch = async () => {
    await waitFor("a part of the search", async () => (await gone()) > 0);
    await stop.click();
    await status.getByText(/^Stopped after [\d,]+ of [\d,]+ lines/).waitFor();
    const at = await gone();
    const before = asked;
    await sleep(1500);
    expect(asked).toBe(before);
    expect(await gone()).toBe(at);
    return at;
  };
  // It says so at once, and can be stopped, before its first piece is answered.
  const goOn = async () => {
    let answer = () => {};
    held = new Promise((done) => {
      answer = done;
    });
    await status.getByRole("button", { name: "Search on" }).click();
    await stop.waitFor();
    held = undefined;
    answer();
  };
  const box = page.getByRole("searchbox", { name: "Search the log" });

  // Only lines with it: the one near the end is there, the other one far away.
  await box.fill("needle");
  await row(page, "line 2999900 needle").waitFor();
  const at = await stopSearch();
  expect(await rows(page).count()).toBe(1);
  await picture(page, "log-search-stopped");
  expect(await violations(page)).toEqual([]);
  await goOn();
  await waitFor(
    "more of it",
    async () => (await gone()) > at || (await row(page, "line 0005000 needle").count()) > 0,
  );
  late = 0;
  await row(page, "line 0005000 needle").waitFor({ timeout: 60_000 });
  await row(page, "line 2999900 needle").waitFor();

  // Nothing was found yet: that is not the same as that there is nothing.
  late = 800;
  await box.fill("no line has this");
  await stopSearch();
  const empty = page.locator(".log-empty");
  await empty.getByText(/^Stopped after/).waitFor();
  expect(await page.getByText("No line passes these filters").count()).toBe(0);
  late = 0;
  await empty.getByRole("button", { name: "Search on" }).click();
  await page.getByText("No line passes these filters").waitFor({ timeout: 60_000 });

  // The next match among all lines.
  await page.getByRole("button", { name: "Clear filters" }).click();
  await row(page, "line 2999999").waitFor();
  await page.getByLabel("Only lines with it").uncheck();
  late = 800;
  await box.fill("line 0005000 needle");
  await page.getByRole("button", { name: "Previous match (N)" }).click();
  const far = await stopSearch();
  await row(page, "line 2999999").waitFor();
  await goOn();
  expect(await gone()).toBeGreaterThanOrEqual(far);
  late = 0;
  await page.locator(".log-row.cursor").getByText("line 0005000 needle").waitFor({ timeout: 60_000 });
  expect(page.complaints).toEqual([]);
}, 300_000);

test("light, dark, on a phone, in Korean: readable and without faults", async () => {
  for (const looks of [{ theme: "dark" }, { phone: true }, { language: "ko" }] as const) {
    const page = await openPage(browser, logOf("odd"), looks);
    await rows(page).first().waitFor();
    await page.locator(".log-scroll").focus();
    await page.keyboard.press("j");
    await picture(page, `log-${Object.values(looks)[0]}`);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      page.viewportSize()?.width ?? 0,
    );
    expect(page.complaints).toEqual([]);
  }
});
