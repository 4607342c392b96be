import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { copied, openPage, picture, startBrowser } from "./support/browser";
import { Engine, root, waitFor } from "./support/engine";

// Writes event files as TensorFlow does, without TensorFlow; the same that tests/test_metrics.py uses.
const writer = (
  /^WRITER = '''(.*?)'''/ms.exec(readFileSync(join(root, "tests/test_metrics.py"), "utf8"))?.[1] ?? ""
).replaceAll("\\\\", "\\");

const training = `${writer}
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--job-dir", dest="job_dir")
parser.add_argument("--steps", type=int)
parser.add_argument("--note")
options = parser.parse_args()
data = {"train": b"", "eval": b""}
for step in range(0, options.steps + 1, 10):
    data["train"] += scalar("loss", step, 3.0 / (step + 1)) + scalar("accuracy", step, min(step / 300.0, 1))
    if step % 50 == 0:
        data["eval"] += scalar("loss", step, float("nan") if step == 100 else 4.0 / (step + 1))
        for run in data:
            try:
                store("%s/%s/events.out.tfevents.1500000000.host" % (options.job_dir, run), data[run])
            except OSError:
                pass  # the server is being killed by a test; the next time
        print("step %d/%d" % (step, options.steps), flush=True)
        print("saved checkpoint at step", step, flush=True)
    time.sleep(0.2 if step > 200 else 0)
`;

const failing = `import sys
print("step 1/10", flush=True)
import tensorflowww
`;

const printing = "import sys\nprint(sys.argv, flush=True)\n";

let engine: Engine;
let browser: Browser;

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(["slots: 8"]), startBrowser()]);
  engine.submit("runs", training, {
    flags: ["--scale-tier=custom", "--master-machine-type=standard", "--labels=owner=me"].concat([
      "--worker-machine-type=standard",
      "--worker-count=1",
    ]),
    args: ["--steps", "100000", "--note", "<script>alert(1)</script>"],
  });
  engine.submit("before", training, { args: ["--steps", "200"] });
  engine.submit("fails", failing);
  await engine.waitState("before", "SUCCEEDED");
  await engine.waitState("fails", "FAILED");
  await engine.waitState("runs", "RUNNING");
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

const at = (job: string, more = "") => `${engine.url}/ui/jobs/${job}?project=default${more}`;

const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Sums up what moves on the page without anybody having touched it. */
async function watchShift(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = window as unknown as { shift: number };
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: "layout-shift" });
  });
  return () => page.evaluate(() => (window as unknown as { shift: number }).shift);
}

test("a job that runs: state, progress, phases and replicas, live and without a jump", async () => {
  const page = await openPage(browser, at("runs"));
  await page.getByRole("heading", { level: 1, name: "runs" }).waitFor();
  await page.locator('.badge[data-state="RUNNING"]').waitFor();
  const progress = page.getByText(/^[\d,]+ of 100,000 steps$/);
  const before = await progress.innerText();
  const row = page.locator('tr[data-replica="worker 0"]');
  // CPU and memory come with the first sample.
  await row.getByText(/MiB/).waitFor();
  const phases = page.getByRole("region", { name: "Where the time went" }).getByRole("listitem");
  expect(await phases.count()).toBe(7);
  await page.getByRole("listitem").filter({ hasText: "Program start" }).getByText(/ms|s/).first().waitFor();
  expect(await phases.last().getAttribute("aria-current")).toBe("step");
  const shift = await watchShift(page);
  await waitFor("another step", async () => (await progress.innerText()) !== before);
  expect(await shift()).toBeLessThan(0.02);
  await page.getByText("Price an hour").waitFor();
  await page.getByText(/units\/h × 0\.49 USD/).waitFor();
  await page.getByText("The program runs on 2 replicas").waitFor();
  await picture(page, "job-running", true);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("names and arguments are text, whatever they hold", async () => {
  engine.submit("script_alert_1", printing, { args: ["--x=<script>alert(1)</script>"] });
  await engine.waitState("script_alert_1", "SUCCEEDED");
  const page = await openPage(browser, "about:blank");
  page.on("dialog", (dialog) => page.complaints.push(`a dialog: ${dialog.message()}`));
  await page.goto(at("script_alert_1"));
  await page.getByRole("heading", { level: 1, name: "script_alert_1" }).waitFor();
  await page.getByText("--x=<script>alert(1)</script>", { exact: true }).waitFor();
  await page.getByText("Config as YAML").click();
  await page.locator("pre", { hasText: "pythonModule: trainer.task" }).waitFor();
  // No job can have this name; an address can.
  const name = "<script>alert(1)";
  await page.goto(`${engine.url}/ui/jobs/${encodeURIComponent(name)}?project=default`);
  await page.getByRole("heading", { level: 1 }).filter({ hasText: name }).waitFor();
  expect(await page.locator("main script").count()).toBe(0);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("a job that failed tells its first cause, what to do and what it printed", async () => {
  const page = await openPage(browser, at("fails"));
  const cause = page.getByRole("region", { name: "First cause" });
  await cause.getByText("MODULE_MISSING").waitFor();
  await cause.getByText("The program imports tensorflowww").first().waitFor();
  await cause.getByText("What to do").waitFor();
  await cause.getByText("ModuleNotFoundError: No module named 'tensorflowww'").first().waitFor();
  await page.locator('tr[data-replica="master 0"]').getByText("status 1").waitFor();
  await page.getByText("Job ended: Failed").waitFor();
  await picture(page, "job-failed", true);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("charts of what the replicas use, by role, with cursors together", async () => {
  const page = await openPage(browser, at("runs", "&tab=charts"));
  for (const name of ["CPUs in use of Master", "Memory of Workers", "Network of Workers"])
    await page.getByRole("img", { name }).locator("canvas").waitFor();
  const time = page.locator('[data-chart="master memory"] .u-legend .u-value').first();
  const newest = await time.innerText();
  expect(newest).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const box = await page.locator('[data-chart="worker cpu"] .u-over').boundingBox();
  if (!box) throw new Error("the chart has no place");
  await page.mouse.move(box.x + 3, box.y + 20);
  await waitFor("the other chart's cursor", async () => (await time.innerText()) !== newest);
  await page.mouse.move(0, 0);
  const shift = await watchShift(page);
  const seen = await time.innerText();
  await waitFor("a new sample", async () => (await time.innerText()) > seen);
  expect(await shift()).toBeLessThan(0.02);
  await page.getByRole("button", { name: "Workers" }).click();
  await page.waitForURL(/role=worker/);
  await page.getByRole("img", { name: "CPUs in use of Master" }).waitFor({ state: "detached" });
  await picture(page, "job-charts", true);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("curves: tags, smoothing, logarithm, another job, and what is no number", async () => {
  const page = await openPage(browser, at("runs", "&tab=curves"));
  await page.getByRole("img", { name: "loss" }).locator("canvas").waitFor();
  await page.getByText("no number at step 100 in eval").waitFor();
  const values = page.getByRole("region", { name: "Values" });
  const evalLoss = values.getByRole("row").filter({ hasText: "eval" });
  await evalLoss.getByRole("cell").last().getByText("1").waitFor();
  const accuracy = page.getByRole("button", { name: "accuracy" });
  await accuracy.click();
  await page.waitForURL(/tag=loss/);
  await page.getByRole("img", { name: "accuracy" }).waitFor({ state: "detached" });
  await page.getByLabel("Smoothing").fill("0.6");
  await page.waitForURL(/smooth=0\.6/);
  await page.getByLabel("Logarithmic").check();
  await page.waitForURL(/log=1/);
  await page.getByLabel("Compare with job").fill("before");
  await page.keyboard.press("Enter");
  // The page does not empty itself while the other job is being asked for.
  expect(await page.getByLabel("Compare with job").evaluate((one) => one === document.activeElement)).toBe(
    true,
  );
  const other = values.getByRole("row").filter({ hasText: "before / train" });
  await other.getByText("200", { exact: true }).waitFor();
  // All of it is in the address.
  await page.reload();
  await other.getByText("200", { exact: true }).waitFor();
  expect(await page.getByLabel("Smoothing").inputValue()).toBe("0.6");
  await page.locator('[data-chart="loss"] .u-legend').getByText("before / train").last().waitFor();
  await picture(page, "job-curves", true);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("the whole page by keys; clone leads to the form, the command to the clipboard", async () => {
  const page = await openPage(browser, at("runs"));
  await page.getByRole("tab", { name: "Overview" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/tab=charts/);
  expect(
    await page.getByRole("tab", { name: "Charts" }).evaluate((tab) => tab === document.activeElement),
  ).toBe(true);
  const command = await copied(page, page.getByRole("button", { name: "Copy as command" }));
  await page.getByText("Copied").waitFor();
  expect(command).toContain("mlengine jobs submit training runs_2");
  expect(command).toContain("'<script>alert(1)</script>'");
  await page.getByRole("link", { name: "Clone and resubmit" }).click();
  await page.waitForURL(/\/ui\/submit\?.*from=runs/);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

/** Opens a job's page, copies its command and runs it in a shell; the new job's input. */
async function runCopied(job: string, next: string): Promise<unknown> {
  const page = await openPage(browser, at(job));
  const command = await copied(page, page.getByRole("button", { name: "Copy as command" }));
  await page.getByText("Copied").waitFor();
  await page.context().close();
  const programs = process.env.MLENGINE_BIN ?? join(root, "build/bin");
  const env = { ...engine.environment, PATH: `${programs}:${process.env.PATH}` };
  const done = spawnSync("sh", ["-ec", command], { env, cwd: engine.folder, encoding: "utf8" });
  expect(`${done.status} ${done.stderr}`).toMatch(/^0 /);
  const { trainingInput } = await engine.get<{ trainingInput: unknown }>(`/v1/projects/default/jobs/${next}`);
  return trainingInput;
}

test("the copied command submits the same job, with flags alone and through a file", async () => {
  const before = await engine.get<{ trainingInput: object }>("/v1/projects/default/jobs/before");
  expect(await runCopied("before", "before_2")).toEqual(before.trainingInput);
  const trainingInput = {
    ...before.trainingInput,
    args: ["--steps=10", "--note", "it's a $HOME\n<b>"],
    scheduling: { maxRunningTime: "600s" },
  };
  const answer = await fetch(`${engine.url}/v1/projects/default/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobId: "limited", trainingInput }),
  });
  expect(answer.status).toBe(200);
  expect(await runCopied("limited", "limited_2")).toEqual(trainingInput);
});

test("labels can be changed", async () => {
  const page = await openPage(browser, at("before"));
  await page.getByRole("button", { name: "Edit labels" }).click();
  await page.getByRole("button", { name: "Add a label" }).click();
  await page.getByRole("textbox", { name: "Key" }).fill("stage");
  await page.getByRole("textbox", { name: "Value" }).fill("dev");
  await page.getByRole("button", { name: "Save labels" }).click();
  await page.getByRole("listitem").filter({ hasText: "stage dev" }).waitFor();
  const { labels } = await engine.get<{ labels: object }>("/v1/projects/default/jobs/before");
  expect(labels).toEqual({ stage: "dev" });
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("a drill says first what it will cost, and then what came of it", async () => {
  const page = await openPage(browser, at("runs"));
  await page.getByRole("button", { name: "Fire drill" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/The program of worker:0 .* is killed with SIGKILL/).waitFor();
  await dialog.getByLabel("Preempt the whole job").check();
  await dialog.getByText(/All of its 2 replicas get SIGTERM/).waitFor();
  await dialog.getByLabel("Kill one replica").check();
  await dialog.getByText(/The program of worker:0 .* is killed with SIGKILL/).waitFor();
  await dialog.getByRole("button", { name: "Begin the drill" }).click();
  await page.getByRole("region", { name: "Fire drills" }).getByText("kill worker:0").waitFor();
  const row = page.locator('tr[data-replica="worker 0"]');
  await row.getByRole("cell").nth(3).getByText("1", { exact: true }).waitFor({ timeout: 60_000 });
  await page.getByText("worker 0 runs again, restart 1").waitFor();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("light, dark, Korean and phone: readable, and never sideways", async () => {
  for (const tab of ["", "&tab=charts", "&tab=curves&log=1", "&tab=log"]) {
    for (const theme of ["light", "dark"] as const) {
      const page = await openPage(browser, at("runs", tab), { theme });
      await page.getByRole("tabpanel").waitFor();
      await page.waitForTimeout(700);
      expect(await violations(page), `${tab} ${theme}`).toEqual([]);
      await page.context().close();
    }
  }
  for (const theme of ["light", "dark"] as const) {
    const page = await openPage(browser, at("fails"), { theme, language: "ko", phone: true });
    await page.getByRole("heading", { name: "최초 원인" }).waitFor();
    await page.getByRole("tab", { name: "학습 곡선" }).waitFor();
    const phases = page.locator(".phase-list");
    await phases.getByText("런타임 그대로").waitFor();
    expect(await phases.innerText()).not.toMatch(/runtime|reused|unpacked|packages/);
    expect(await violations(page)).toEqual([]);
    expect(await sideways(page)).toBe(0);
    await picture(page, `job-failed-phone-${theme}`, true);
    await page.context().close();
  }
  const page = await openPage(browser, at("runs", "&tab=curves"), { phone: true });
  await page.getByRole("img", { name: "loss" }).locator("canvas").waitFor();
  expect(await sideways(page)).toBe(0);
  await page.context().close();
});

test("why a job waits, and its cancel through the page", async () => {
  engine.submit("waits", printing, {
    flags: ["--scale-tier=custom", "--master-machine-type=standard", "--worker-machine-type=standard"].concat(
      "--worker-count=7",
    ),
  });
  const page = await openPage(browser, at("waits"));
  await page.getByRole("heading", { name: "Why it waits" }).waitFor();
  await page.getByText(/It needs 8 slots of the 8 of the pool/).waitFor();
  // In Korean the engine's reasons are Korean too.
  const korean = await openPage(browser, at("waits"), { language: "ko" });
  const card = korean.locator(".card.waiting");
  await card.getByText(/슬롯 8개가 필요합니다. 풀의 8개 중 \d개가 비어 있습니다./).waitFor();
  await card.getByText(/현재 자리를 사용하는 작업: .*runs/).waitFor();
  expect(await card.innerText()).not.toMatch(/It needs|Room is|When it|It starts/);
  await picture(korean, "job-waits-ko");
  await korean.context().close();
  await page.getByRole("button", { name: "Cancel job" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "Cancel job waits?" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Cancel job" }).click();
  await dialog.getByRole("button", { name: "Cancel job" }).click();
  await page.locator('.badge[data-state="CANCELLED"]').waitFor();
  expect((await engine.job("waits")).state).toBe("CANCELLED");
  expect(await page.getByRole("button", { name: "Cancel job" }).count()).toBe(0);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test("the server dies and comes back: the page goes on by itself, and sees the job's end", async () => {
  const page = await openPage(browser, at("runs"));
  await page.locator('.badge[data-state="RUNNING"]').waitFor();
  await engine.kill();
  await page.getByRole("alert").getByText("The engine does not answer").waitFor();
  // What was known stays.
  expect(await page.getByRole("heading", { level: 1, name: "runs" }).count()).toBe(1);
  await engine.restart();
  await page.getByText("The engine does not answer").waitFor({ state: "detached" });
  engine.mlengine("jobs", "cancel", "runs");
  await page.locator('.badge[data-state="CANCELLED"]').waitFor({ timeout: 60_000 });
  await page.getByText("Job ended: Cancelled").waitFor();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
