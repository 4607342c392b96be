// The page of a batch prediction: a real model, files with bad lines, watched live, read, and done once more.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { violations } from "./support/axe";
import { copied, layoutShift, openPage, picture, startBrowser } from "./support/browser";
import { Engine, hasGcloud, waitFor } from "./support/engine";
import { runtimesFolder, savedModels } from "./support/saved_models";

let engine: Engine;
let browser: Browser;
let exported: string | undefined;

const lines = 2000;
const bad = new Map([
  [700, "{<b>nonsense</b>"],
  [1200, '"a word"'],
]);

interface PredictionJob {
  labels?: Record<string, string>;
  predictionInput: Record<string, unknown>;
  predictionOutput?: { predictionCount?: string; errorCount?: string };
}
const job = (id: string) => engine.job(id) as Promise<PredictionJob>;
const fact = (page: Page, card: string, name: string) =>
  page.getByRole("region", { name: card, exact: true }).locator(`dt:has-text("${name}") + dd`);
const number = async (page: Page, card: string, name: string) =>
  Number((await fact(page, card, name).innerText()).replaceAll(",", ""));

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start([`runtimesDir: ${runtimesFolder}`]), startBrowser()]);
  exported = savedModels(engine);
  if (!exported) return;
  engine.mlengine("storage", "mb", "gs://predicted");
  engine.mlengine("storage", "cp", "-r", join(exported, "slow"), "gs://predicted/");
  const file = join(engine.folder, "numbers");
  writeFileSync(
    file,
    Array.from({ length: lines }, (_, n) => `${(bad.get(n + 1) ?? String(n)).padEnd(400)}\n`).join(""),
  );
  engine.mlengine("storage", "cp", file, "gs://predicted/in/numbers 1");
  engine.mlengine("models", "create", "slow");
  engine.mlengine("versions", "create", "v1", "--model=slow", "--origin=gs://predicted/slow");
});
beforeEach(({ skip }) => {
  if (!exported) skip("there is no TensorFlow here");
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("progress and counts come by themselves, then the errors and the files", async () => {
  const words = ["--model=slow", "--data-format=text", "--input-paths=gs://predicted/in/*", "--batch-size=1"];
  engine.mlengine(
    ...["jobs", "submit", "prediction", "doubles", ...words, "--output-path=gs://predicted/out/doubles"],
    ...["--labels=owner=me", "--max-worker-count=1"],
  );
  const page = await openPage(browser, `${engine.url}/ui/jobs/doubles`);
  await page.locator(".page-head .badge").getByText("Running").waitFor({ timeout: 60_000 });
  await waitFor("predictions", async () => (await number(page, "Output", "Predictions")) > 0);
  const shown = await number(page, "Output", "Predictions");
  await page.getByText(/\d of [\d,]+ KB/).waitFor();
  await page.getByText(/about .* left/).waitFor();
  await waitFor("more predictions", async () => (await number(page, "Output", "Predictions")) > shown);
  const failed = page.getByRole("region", { name: /^Instances that failed/ });
  await failed.getByText("is told here when the job has ended").waitFor({ timeout: 120_000 });
  expect(await number(page, "Output", "Errors")).toBe(1);
  await picture(page, "prediction-running");
  await page.locator(".page-head .badge").getByText("Succeeded").waitFor({ timeout: 120_000 });

  await waitFor("all", async () => (await number(page, "Output", "Predictions")) === lines - 2);
  expect(await number(page, "Output", "Errors")).toBe(2);
  expect((await job("doubles")).predictionOutput).toMatchObject({
    predictionCount: String(lines - 2),
    errorCount: "2",
  });
  await failed.getByText("line 700", { exact: true }).waitFor();
  await failed.getByText("line 1,200", { exact: true }).waitFor();
  expect(await failed.locator("code").count()).toBe(2);
  expect(await failed.locator("code b").count()).toBe(0);
  expect(
    await fact(page, "Input", "Model").getByRole("link", { name: "slow" }).getAttribute("href"),
  ).toContain("/models/slow");
  await page.waitForTimeout(500);
  const moved = await layoutShift(page);
  await page.waitForTimeout(1500);
  expect((await layoutShift(page)) - moved).toBeLessThan(0.01);
  expect(await violations(page)).toEqual([]);
  await picture(page, "prediction-light", true);

  // Where all errors are, and the results.
  await failed.getByRole("link", { name: "The file with all of them" }).click();
  await page.getByRole("region", { name: /Content of prediction\.errors_stats/ }).waitFor();
  await waitFor("the file", async () =>
    (await page.locator(".preview-text").innerText()).includes('"line":1200'),
  );
  await page.goBack();
  await fact(page, "Output", "Folder of the results").getByRole("link").click();
  await page.getByText("prediction.results-00000-of-00001").first().waitFor();
  expect(page.complaints).toEqual([]);
}, 400_000);

test("a prediction is done once more from the page, and by the command that it shows", async () => {
  const page = await openPage(browser, `${engine.url}/ui/jobs/doubles`);
  await page.getByText("Config as YAML").click();
  await page.getByText("predictionInput:").waitFor();
  await page.getByRole("button", { name: "Clone and resubmit" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByLabel("Job id").inputValue()).toBe("doubles_2");
  expect(await dialog.getByLabel("Folder of the results").inputValue()).toBe("gs://predicted/out/doubles_2");
  await dialog.getByLabel("Folder of the results").fill("gs://nowhere/out");
  await dialog.getByRole("button", { name: "Submit the job" }).click();
  await dialog.getByRole("alert").getByText("nowhere").waitFor();
  await dialog.getByLabel("Folder of the results").fill("gs://predicted/again");
  await dialog.getByText("The same from a shell").click();
  expect(await violations(page)).toEqual([]);
  await picture(page, "prediction-clone");
  const gcloud = await dialog.locator("pre.command").innerText();
  await dialog.getByRole("button", { name: "Submit the job" }).click();
  await page.waitForURL(/\/ui\/jobs\/doubles_2\?project=default$/);
  const first = await job("doubles");
  const second = await job("doubles_2");
  expect(second.predictionInput).toEqual({ ...first.predictionInput, outputPath: "gs://predicted/again" });
  expect(second.labels).toEqual({ owner: "me" });
  await page.getByRole("button", { name: "Cancel job" }).click();
  await dialog.getByRole("button", { name: "Cancel job" }).click();
  await engine.waitState("doubles_2", "CANCELLED");
  const command = await copied(page, page.getByRole("button", { name: "Copy as command" }));
  engine.shell(command);
  const third = await job("doubles_3");
  expect(third).toMatchObject({ predictionInput: second.predictionInput, labels: { owner: "me" } });
  engine.mlengine("jobs", "cancel", "doubles_3");
  if (hasGcloud) {
    expect(gcloud).toContain("gcloud ml-engine jobs submit prediction doubles_2 ");
    engine.gcloud(gcloud.replace("prediction doubles_2 ", "prediction by_gcloud "));
    const theirs = await job("by_gcloud");
    expect(theirs.labels).toEqual({ owner: "me" });
    // What gcloud calls text goes as the format of that name.
    expect({ ...theirs.predictionInput, dataFormat: "" }).toEqual({
      ...second.predictionInput,
      dataFormat: "",
    });
    engine.mlengine("jobs", "cancel", "by_gcloud");
  }
  expect(page.complaints).toEqual([]);
});

test("dark, and Korean on a phone", async () => {
  await engine.waitState("doubles", "SUCCEEDED", 100);
  const dark = await openPage(browser, `${engine.url}/ui/jobs/doubles`, { theme: "dark" });
  await dark.getByText("line 700").waitFor();
  expect(await violations(dark)).toEqual([]);
  await picture(dark, "prediction-dark", true);
  const phone = await openPage(browser, `${engine.url}/ui/jobs/doubles`, { language: "ko", phone: true });
  await phone.getByText("700번째 줄").waitFor();
  expect(await violations(phone)).toEqual([]);
  expect(
    await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  await picture(phone, "prediction-phone-ko", true);
  expect([...dark.complaints, ...phone.complaints]).toEqual([]);
});
