import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { violations } from "./support/axe";
import { copied, layoutShift, openPage, picture, startBrowser } from "./support/browser";
import { Engine, waitFor } from "./support/engine";
import { wavFile } from "./support/samples";
import { runtimesFolder, savedModels } from "./support/saved_models";

let engine: Engine;
let browser: Browser;
let exported: string | undefined;

const api = "/v1/projects/default/models";
const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const version = (page: Page, name: string) => page.locator(`tbody[data-version="${name}"]`);

interface Serving {
  defaultVersion: string;
  settings: {
    traffic: { version: string; percent: number }[];
    requestLogging?: object;
    separateRuns: boolean;
  };
  versions: { version: string; totals: { answered: string; refused: string } }[];
}
const serving = () => engine.get<Serving>("/mlengine/v1/projects/default/models/speech/serving");

async function post(path: string, body: object): Promise<Response> {
  return fetch(engine.url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start([`runtimesDir: ${runtimesFolder}`]), startBrowser()]);
  exported = savedModels(engine);
  if (!exported) return;
  engine.mlengine("storage", "mb", "gs://models");
  for (const name of ["sounds_1", "sounds_2", "roots"])
    engine.mlengine("storage", "cp", "-r", join(exported, name), "gs://models/");
  const broken = join(engine.folder, "saved_model.pb");
  writeFileSync(broken, "this is no model");
  engine.mlengine("storage", "cp", broken, "gs://models/broken/saved_model.pb");
});
beforeEach(({ skip }) => {
  if (!exported) skip("there is no TensorFlow here");
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("a model and its versions are made from the page, from a folder of a bucket", async () => {
  const page = await openPage(browser, `${engine.url}/ui/models`);
  await page.getByText("No models yet").waitFor();
  await page.getByText("mlengine models deploy JOB").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Models" }).waitFor();
  await page.getByRole("button", { name: "Create a model" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("1st");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText('"1st" is not a model name').waitFor();
  await dialog.getByLabel("Name").fill("speech");
  await dialog.getByLabel("Description").fill("Words in sounds of a second");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.waitForURL(/\/ui\/models\/speech\?project=default$/);

  await card(page, "Versions").getByRole("button", { name: "Create a version" }).click();
  expect(await dialog.getByLabel("Name").inputValue()).toBe("v1");
  await dialog.getByRole("button", { name: "Browse" }).click();
  await dialog.getByRole("button", { name: "models", exact: true }).click();
  await dialog.getByRole("button", { name: "sounds_1/" }).click();
  await dialog.getByText("saved_model.pb is here").waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "models-create");
  await dialog.getByRole("button", { name: "Use this folder" }).click();
  expect(await dialog.getByLabel("Folder with the model's files").inputValue()).toBe("gs://models/sounds_1/");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await version(page, "v1").getByText("Ready").waitFor({ timeout: 90_000 });
  await version(page, "v1").getByText("Default", { exact: true }).waitFor();
  await version(page, "v1").getByText("TENSORFLOW").waitFor();
  expect(
    await version(page, "v1").getByRole("link", { name: "gs://models/sounds_1" }).getAttribute("href"),
  ).toContain("/storage/models?project=default&folder=sounds_1%2F");

  await page.getByRole("button", { name: "Create a version" }).click();
  expect(await dialog.getByLabel("Name").inputValue()).toBe("v2");
  await dialog.getByLabel("Folder with the model's files").fill("gs://models/nothing_here");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await dialog.getByRole("alert").getByText("gs://models/nothing_here").waitFor();
  await dialog.getByLabel("Folder with the model's files").fill("gs://models/sounds_2");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await version(page, "v2").getByText("Ready").waitFor({ timeout: 90_000 });

  await page.getByRole("button", { name: "Create a version" }).click();
  await dialog.getByLabel("Folder with the model's files").fill("gs://models/broken");
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await version(page, "v3").getByText("Failed", { exact: true }).waitFor({ timeout: 90_000 });
  const { errorMessage = "" } = await engine.get<{ errorMessage?: string }>(`${api}/speech/versions/v3`);
  expect(errorMessage).toContain("saved_model.pb");
  await version(page, "v3").getByText(errorMessage).waitFor();
  expect(page.complaints).toEqual([]);
});

test("a model is tried with a sound, by JSON, and by the same command line", async () => {
  const page = await openPage(browser, `${engine.url}/ui/models/speech`);
  const trial = card(page, "Try it");
  const send = trial.getByRole("button", { name: "Send" });
  await trial.getByText(/It takes and gives: audio_bytes string/).waitFor();
  await trial.getByRole("button", { name: "Put in an example" }).click();
  expect(await trial.getByLabel("Instances").inputValue()).toBe('{"audio_bytes":{"b64":""}}');
  await trial.getByLabel("Instances").fill('{"audio_bytes": }');
  await send.click();
  await trial.getByText("Line 1 is not JSON").waitFor();
  await trial.getByLabel("Instances").fill('{"sound": "x"}');
  await send.click();
  await trial.getByRole("alert").getByText("Expected tensor name: audio_bytes").waitFor();
  await trial.getByRole("button", { name: "Put in an example" }).click();
  expect(await trial.getByLabel("Instances").inputValue()).toBe('{"audio_bytes":"x"}');
  await send.click();
  await trial.getByText(/v1 answered in [\d.]+ m?s/).waitFor();

  const sound = wavFile(1);
  await trial.getByRole("button", { name: "File", exact: true }).click();
  await trial.getByLabel("Choose files").last().setInputFiles({
    name: "it's up.wav",
    mimeType: "audio/wav",
    buffer: sound,
  });
  await trial.getByLabel("Input's name").fill("wrong");
  await send.click();
  await trial.getByRole("button", { name: "Use that name" }).click();
  await send.click();
  const rows = trial.locator(".try-scores tbody tr");
  await rows.first().waitFor();
  expect(await rows.locator("th").allInnerTexts()).toEqual(["up", "no", "yes"]);
  const asked = await post(`${api}/speech:predict`, {
    instances: [{ audio_bytes: { b64: sound.toString("base64") } }],
  });
  const { predictions } = (await asked.json()) as { predictions: { scores: number[] }[] };
  expect(await rows.locator("td.number").first().innerText()).toBe(predictions[0]?.scores[2]?.toFixed(4));

  await trial.getByText("The same from a shell").click();
  const command = await copied(page, trial.getByRole("button", { name: "Copy the command" }));
  writeFileSync(join(engine.folder, "it's up.wav"), sound);
  const told = JSON.parse(engine.shell(`${command} --format=json`)) as {
    labels: string[];
    scores: number[];
  }[];
  expect(told[0]?.labels).toEqual(["yes", "no", "up"]);
  expect(told[0]?.scores[2]).toBeCloseTo(predictions[0]?.scores[2] ?? 0, 6);

  // A second file is dropped, and another version asked.
  await trial.getByLabel("Version", { exact: true }).selectOption("v2");
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["short"], "short.wav", { type: "audio/wav" }));
    return transfer;
  });
  await trial.locator(".try-drop").dispatchEvent("drop", { dataTransfer: dropped });
  await send.click();
  await trial.getByText(/v2 answered in/).waitFor();
  await trial.getByRole("region", { name: "short.wav" }).getByText("0.3333").first().waitFor();
  await trial.getByRole("region", { name: "it's up.wav" }).getByText("stop").waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "models-try", true);

  await trial
    .getByLabel("Choose files")
    .last()
    .setInputFiles({
      name: "long.wav",
      mimeType: "audio/wav",
      buffer: wavFile(60),
    });
  await send.click();
  await trial.getByText(/The request has .* MiB; at most 1.5 MiB can be sent/).waitFor();
  expect(page.complaints).toEqual([]);
  await page.reload();
  await trial.getByRole("button", { name: "File", exact: true }).click();
  expect(await trial.getByLabel("Input's name").inputValue()).toBe("audio_bytes");
});

test("numbers that JSON has no word for are shown", async () => {
  engine.mlengine("models", "create", "roots");
  engine.mlengine("versions", "create", "v1", "--model=roots", "--origin=gs://models/roots");
  const page = await openPage(browser, `${engine.url}/ui/models/roots`);
  const trial = card(page, "Try it");
  await trial.getByLabel("Instances").fill("[[1, 2, 3]]");
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByRole("button", { name: "Put in an example" }).click();
  expect(await trial.getByLabel("Instances").inputValue()).toBe('{"x":[0,0]}');
  await trial.getByLabel("Instances").fill('{"x": [-1, 2]}\n{"x": [4, 5]}');
  await trial.getByLabel("Instances").press("Control+Enter");
  const cells = trial.locator(".try-answer td");
  await cells.first().waitFor();
  expect(await cells.allInnerTexts()).toEqual(["NaN", "1", "2", "9"]);
  expect(page.complaints).toEqual([]);
});

test("traffic, the default, scaling and the request log are set; figures and curves follow", async () => {
  const page = await openPage(browser, `${engine.url}/ui/models/speech`);
  const traffic = card(page, "Traffic");
  const save = traffic.getByRole("button", { name: "Save" });
  await traffic.getByLabel("Percent for v2").fill("130");
  await traffic.getByText("Whole percents from 0 to 100.").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await traffic.getByLabel("Percent for v2").fill("30");
  await traffic.getByText("70 %").waitFor();
  await save.click();
  await waitFor("the shares", async () => (await serving()).settings.traffic.length === 1);
  expect((await serving()).settings.traffic).toEqual([{ version: "v2", percent: 30 }]);
  const before = await serving();
  for (let n = 0; n < 100; n++) {
    const answer = await post(`${api}/speech:predict`, { instances: ["a", "b"] });
    expect(answer.status).toBe(200);
    await answer.text();
  }
  const answered = (all: Serving, name: string) =>
    Number(all.versions.find((one) => one.version === name)?.totals.answered);
  const after = await serving();
  expect(answered(after, "v2") - answered(before, "v2")).toBe(30);
  await version(page, "v2")
    .getByRole("cell", { name: String(answered(after, "v2")), exact: true })
    .waitFor();
  await page.getByRole("img", { name: "Requests per second" }).waitFor({ timeout: 30_000 });
  await card(page, "Charts of the last hour").getByText("v1 p95").waitFor();

  await page.getByRole("button", { name: "Make v2 the default" }).click();
  await version(page, "v2").getByText("Default", { exact: true }).waitFor();
  expect((await serving()).defaultVersion).toBe("v2");
  await traffic.getByText("Rest, to v2").waitFor();
  await page.getByRole("button", { name: "Make v1 the default" }).click();
  await traffic.getByText("Rest, to v1").waitFor();

  await page.getByRole("button", { name: "Scaling of v1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("At least").fill("2");
  await dialog.getByLabel("At most").fill("1");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("The greatest number of nodes is below the least one.").waitFor();
  await dialog.getByLabel("At most").fill("2");
  await dialog.getByRole("button", { name: "Save" }).click();
  await version(page, "v1").getByText("2 to 2 processes").waitFor();
  await page.getByRole("button", { name: "Scaling of v1" }).click();
  await dialog.getByLabel("Always the same number").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await version(page, "v1").getByText("always 1 process").waitFor();
  expect(await engine.get(`${api}/speech/versions/v1`)).toMatchObject({ manualScaling: { nodes: 1 } });

  const settings = card(page, "Request log and runs");
  await settings.getByLabel("Keep a sample of requests and their answers").check();
  await settings.getByLabel("Folder of the log").fill("gs://nowhere/log");
  await settings.getByLabel("Sample, percent of requests").fill("12.5");
  await settings.getByRole("button", { name: "Save" }).click();
  await settings
    .getByRole("alert")
    .getByText(/bucket nowhere/)
    .waitFor();
  await settings.getByLabel("Folder of the log").fill("gs://models/log");
  await settings.getByLabel("Each request has a run of its own").check();
  await settings.getByRole("button", { name: "Save" }).click();
  await waitFor("the settings", async () => (await serving()).settings.separateRuns);
  expect((await serving()).settings.requestLogging).toEqual({
    folder: "gs://models/log",
    samplePercent: 12.5,
  });
  expect(page.complaints).toEqual([]);
});

async function tryStop(page: Page): Promise<void> {
  const trial = card(page, "Try it");
  await trial.getByRole("button", { name: "File", exact: true }).click();
  const files = { name: "stop.wav", mimeType: "audio/wav", buffer: wavFile(1) };
  await trial.getByLabel("Choose files").last().setInputFiles(files);
  await trial.getByLabel("Version", { exact: true }).selectOption("v2");
  await trial.getByRole("button", { name: "Send" }).click();
  await trial.getByText(/v2 answered/).waitFor();
}

test("accessible and without sideways scrolling, in both themes and languages; nothing moves by itself", async () => {
  for (const theme of ["light", "dark"] as const) {
    const page = await openPage(browser, `${engine.url}/ui/models/speech`, { theme });
    await version(page, "v3").waitFor();
    await page.getByText("v2 p95").waitFor();
    await tryStop(page);
    const moved = await layoutShift(page);
    await page.waitForTimeout(2500);
    expect((await layoutShift(page)) - moved).toBeLessThan(0.01);
    expect(await violations(page)).toEqual([]);
    await page.evaluate(() => window.scrollTo(0, 0));
    await picture(page, `model-${theme}`, true);
    await page.goto(`${engine.url}/ui/models`);
    await page.locator('tr[data-model="speech"]').getByText("v1").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `models-${theme}`);
    expect(page.complaints).toEqual([]);
    await page.context().close();
  }
  for (const [path, name] of [
    ["models", "models-phone-ko"],
    ["models/speech", "model-phone-ko"],
  ]) {
    const phone = await openPage(browser, `${engine.url}/ui/${path}`, { phone: true, language: "ko" });
    await phone.getByText("v1").first().waitFor();
    await phone.waitForTimeout(500);
    expect(
      await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    ).toBe(0);
    expect(await violations(phone)).toEqual([]);
    await picture(phone, name ?? "", true);
    expect(phone.complaints).toEqual([]);
    await phone.context().close();
  }
});

test("versions and the model are deleted, by the API's rules", async () => {
  const page = await openPage(browser, `${engine.url}/ui/models/speech`);
  const dialog = page.getByRole("dialog");
  const remove = async (name: string) => {
    await page.getByRole("button", { name: `Delete ${name}` }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await version(page, name).waitFor({ state: "detached" });
  };
  await page.getByRole("button", { name: "Delete v1" }).click();
  await dialog.getByText("v1 is the default version").waitFor();
  expect(await dialog.getByRole("button", { name: "Delete", exact: true }).count()).toBe(0);
  await dialog.getByRole("button", { name: "Close" }).click();
  await remove("v3");
  await remove("v2");
  await page.getByRole("button", { name: "Delete the model" }).click();
  await dialog.getByText("Model speech has a version.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await remove("v1");
  await page.getByRole("button", { name: "Delete the model" }).click();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL(/\/ui\/models\?project=default$/);
  await page.locator('tr[data-model="roots"]').waitFor();
  expect(await page.locator('tr[data-model="speech"]').count()).toBe(0);
  await page.goto(`${engine.url}/ui/models/speech`);
  await page.getByText("There is no model speech in project default").waitFor();
});
