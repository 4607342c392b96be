// What a person does in a day: the sample is submitted from the form, watched, its log read and its curves seen; another job is
// cancelled, a third fails and tells why. In both languages, whose words come from the console's own texts.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Language, language } from "~/i18n/language";
import { t as jobText } from "~/job/messages";
import { t as jobsText } from "~/jobs/messages";
import { t as submitText } from "~/submit/messages";
import { stateName } from "~/ui/state_badge";
import { openPage, picture, startBrowser } from "./support/browser";
import { Engine, root } from "./support/engine";

let engine: Engine;
let browser: Browser;
let archive = "";
let data = "";

const runtimes = join(root, "build/runtimes");
const sample = join(root, "samples/speech_commands");
const goesOn = `
import time
for step in range(1, 1000):
    print("step %d/1000" % step, flush=True)
    time.sleep(0.1)
`;
const fails = `
def learn():
    raise ValueError("the labels <i>do not fit</i> the clips")
learn()
`;

beforeAll(async () => {
  mkdirSync(runtimes, { recursive: true });
  [engine, browser] = await Promise.all([Engine.start([`runtimesDir: ${runtimes}`]), startBrowser()]);
  engine.mlengine("runtimes", "install", "2.19");
  engine.mlengine("storage", "mb", "gs://words_bucket");
  // The package, as setuptools lays it out, and a few spoken words.
  const folder = join(engine.folder, "speech_commands-1.0");
  mkdirSync(folder);
  cpSync(join(sample, "speech_commands"), join(folder, "speech_commands"), {
    recursive: true,
    filter: (path) => !path.includes("__pycache__"),
  });
  writeFileSync(join(folder, "PKG-INFO"), "Metadata-Version: 1.0\nName: speech_commands\nVersion: 1.0\n");
  writeFileSync(
    join(folder, "setup.py"),
    "from setuptools import setup\nsetup(name='speech_commands', version='1.0', packages=['speech_commands'])\n",
  );
  archive = join(engine.folder, "speech_commands-1.0.tar.gz");
  execFileSync("tar", ["-czf", archive, "speech_commands-1.0"], { cwd: engine.folder });
  data = join(engine.folder, "words");
  const words = ["--quick", "--words", "yes,no", "--others", "bed,cat"];
  execFileSync("python3", [join(sample, "make_dataset"), "--output", data, ...words], { stdio: "pipe" });
  expect(existsSync(join(data, "yes"))).toBe(true);
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test.each<Language>(["en", "ko"])("a day with the console, in %s", { timeout: 400_000 }, async (words) => {
  language.value = words;
  const page = await openPage(browser, `${engine.url}/ui`, { language: words });
  const job = `words_${words}`;

  // Submits the sample from the form.
  await page.getByRole("link", { name: jobsText("submit") }).click();
  await page.getByLabel(submitText("jobId")).fill(job);
  await page.getByLabel(submitText("bucket")).selectOption("words_bucket");
  await page.locator('input[type="file"]').setInputFiles(archive);
  await page
    .getByText(submitText("uploaded", { name: "speech_commands-1.0.tar.gz", bucket: "words_bucket" }))
    .waitFor();
  await page.getByLabel(submitText("module")).fill("speech_commands.train");
  await page
    .getByLabel(submitText("args"))
    .fill(
      `--data_url= --data_dir=${data} --wanted_words=yes,no --batch_size=20 --eval_step_interval=20 ` +
        "--how_many_training_steps=80 --learning_rate=0.001 --save_step_interval=40 --model_architecture=low_latency_conv",
    );
  await page.getByLabel(submitText("runtimeVersion")).selectOption("2.19");
  await page
    .getByText(/0\.28 USD/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: submitText("submit") }).click();
  await page.waitForURL(new RegExp(`/ui/jobs/${job}\\?`));

  // Watches it live.
  await page.getByText(stateName("RUNNING")).first().waitFor({ timeout: 60_000 });
  await page.getByText(/80/).first().waitFor();
  await page.getByRole("tab", { name: jobText("curves") }).click();
  await page.locator(".chart canvas").first().waitFor({ timeout: 120_000 });
  await page.getByText("cross_entropy").first().waitFor();
  await page.getByRole("tab", { name: jobText("charts") }).click();
  await page.locator(".chart canvas").first().waitFor();
  await picture(page, `journey-charts-${words}`, true);
  await page.getByRole("tab", { name: jobText("log") }).click();
  await page
    .getByText(/Step #\d+/)
    .first()
    .waitFor();
  await picture(page, `journey-log-${words}`);

  // Another is cancelled, from its page.
  engine.submit(`other_${words}`, goesOn);
  await engine.waitState(`other_${words}`, "RUNNING");
  const other = await openPage(browser, `${engine.url}/ui/jobs/other_${words}`, { language: words });
  await other.getByRole("button", { name: jobText("cancelJob") }).click();
  await other
    .getByRole("dialog")
    .getByRole("button", { name: jobText("cancelJob") })
    .click();
  await other.getByText(stateName("CANCELLED")).first().waitFor({ timeout: 40_000 });

  // A third fails, and its cause is read.
  engine.submit(`third_${words}`, fails);
  await engine.waitState(`third_${words}`, "FAILED");
  const third = await openPage(browser, `${engine.url}/ui/jobs/third_${words}`, { language: words });
  await third.getByText("the labels <i>do not fit</i> the clips").first().waitFor();
  await third.getByText(jobText("firstCause")).first().waitFor();
  await picture(third, `journey-failed-${words}`, true);

  // The sample ends well; its page knows without a reload.
  await page.getByText(stateName("SUCCEEDED")).first().waitFor({ timeout: 240_000 });
  await page.getByRole("tab", { name: jobText("curves") }).click();
  await page.getByText("cross_entropy").first().waitFor();
  await picture(page, `journey-curves-${words}`, true);
  for (const one of [page, other, third]) expect(one.complaints).toEqual([]);
});
