import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { copied, openPage, picture, startBrowser } from "./support/browser";
import { Engine, hasGcloud } from "./support/engine";

let engine: Engine;
let browser: Browser;
let archive = "";

const program = "import sys\nprint('arguments', sys.argv[1:], flush=True)\n";

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(), startBrowser()]);
  // A source distribution as setuptools lays one out, made by tar.
  const folder = join(engine.folder, "hello-1.0");
  mkdirSync(join(folder, "hello"), { recursive: true });
  writeFileSync(join(folder, "PKG-INFO"), "Metadata-Version: 1.0\nName: hello\nVersion: 1.0\n");
  writeFileSync(
    join(folder, "setup.py"),
    "from setuptools import setup\nsetup(name='hello', version='1.0', packages=['hello'])\n",
  );
  writeFileSync(join(folder, "hello/__init__.py"), "");
  writeFileSync(join(folder, "hello/task.py"), program);
  archive = join(engine.folder, "hello-1.0.tar.gz");
  execFileSync("tar", ["-czf", archive, "hello-1.0"], { cwd: engine.folder });
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

const form = () => `${engine.url}/ui/submit`;

async function noSidewaysScroll(page: Page): Promise<void> {
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
}

test("a package from this machine becomes a job that runs, and its bucket is made", async () => {
  const page = await openPage(browser, form());
  await page.getByLabel("Job id").fill("from_the_form");
  await page.getByText("0.28 USD").first().waitFor();
  await page.locator('input[type="file"]').setInputFiles(archive);
  await page.getByText("hello-1.0.tar.gz is in default-mlengine").waitFor();
  await expect.poll(() => page.getByLabel("Module").inputValue()).toBe("hello.task");
  await expect
    .poll(() => page.getByLabel("Output folder").inputValue())
    .toBe("gs://default-mlengine/from_the_form");
  await page.getByLabel("Arguments").fill("--steps=5\n'two words'");
  await page.getByRole("button", { name: "Add a label" }).click();
  await page.getByLabel("Key 1").fill("owner");
  await page.getByLabel("Value 1").fill("me");
  await page.getByLabel("Longest running time").fill("1h");
  const command = page.locator("pre");
  await expect.poll(() => command.innerText()).toContain("maxRunningTime: 3600s");
  expect(await command.innerText()).toContain("--module-name hello.task");
  expect(await command.innerText()).toContain("-- --steps=5 'two words'");
  await page.getByRole("button", { name: "Submit the job" }).click();
  await page.waitForURL(/\/ui\/jobs\/from_the_form\?project=default$/);
  const job = (await engine.waitState("from_the_form", "SUCCEEDED")) as {
    labels?: Record<string, string>;
    trainingInput?: Record<string, unknown>;
  };
  expect(job.labels).toEqual({ owner: "me" });
  expect(job.trainingInput).toMatchObject({
    args: ["--steps=5", "two words"],
    pythonModule: "hello.task",
    jobDir: "gs://default-mlengine/from_the_form",
    region: "us-central1",
    scheduling: { maxRunningTime: "3600s" },
  });
  const log = engine.mlengine("logs", "read", "resource.labels.job_id=from_the_form", "--format", "json");
  expect(log).toContain("'--steps=5', 'two words'");
  expect(page.complaints).toEqual([]);
});

test("the command that is shown does what the form does", async () => {
  const page = await openPage(browser, `${form()}?from=from_the_form`);
  await page.getByLabel("Job id").fill("from_the_shell");
  await page.getByRole("button", { name: "mlengine", exact: true }).click();
  const command = page.locator("pre");
  await expect.poll(() => command.innerText()).toContain("mlengine jobs submit training from_the_shell");
  engine.shell(await command.innerText());
  const made = (await engine.waitState("from_the_shell", "SUCCEEDED")) as {
    trainingInput?: Record<string, unknown>;
  };
  const first = (await engine.job("from_the_form")) as { trainingInput?: Record<string, unknown> };
  expect(made.trainingInput).toEqual({
    ...first.trainingInput,
    scaleTier: "BASIC",
    jobDir: "gs://default-mlengine/from_the_shell",
  });
});

test("Google's own gcloud does what the form does with the command that is shown", async ({ skip }) => {
  if (!hasGcloud) skip("gcloud is not installed");
  // What shells, gcloud's lists and YAML each have a meaning for.
  const args = [
    "--steps=5",
    "two  words",
    `it's "quoted"`,
    "$HOME `id` $(id) \\n!",
    "한국어 인수 – 예",
    "",
    "a,b^:^c=d;e|f&g>h*?[x]{y}#z~",
    "<script>alert(1)</script>",
    "--job-dir-like",
    "- key: [1, 2]",
  ];
  const typed = args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join("\n");
  const page = await openPage(browser, `${form()}?from=from_the_form`);
  await page.getByLabel("Job id").fill("from_gcloud");
  await page.getByLabel("Arguments").fill(typed);
  await page.getByLabel("Longest running time").fill("45m");
  const command = page.locator("pre");
  await expect.poll(() => command.innerText()).toContain("gcloud ml-engine jobs submit training from_gcloud");
  await expect.poll(() => command.innerText()).toContain("2700s");
  const text = await copied(page, page.getByRole("button", { name: "Copy", exact: true }));
  expect(text.trim()).toBe((await command.innerText()).trim());
  await picture(page, "submit-gcloud", true);
  const told = engine.gcloud(text);
  expect(told).toContain("jobId: from_gcloud");
  await page.goto(`${engine.url}/ui/jobs/from_gcloud`);
  await page.locator(".page-head .badge").getByText("Succeeded").waitFor({ timeout: 60_000 });
  const job = (await engine.job("from_gcloud")) as {
    labels?: Record<string, string>;
    trainingInput?: Record<string, unknown>;
  };
  expect(job.labels).toEqual({ owner: "me" });
  expect(job.trainingInput).toMatchObject({
    args,
    pythonModule: "hello.task",
    jobDir: "gs://default-mlengine/from_gcloud",
    region: "us-central1",
    scheduling: { maxRunningTime: "2700s" },
  });
  // What the program was given, as Python wrote it.
  const log = JSON.parse(
    engine.mlengine("logs", "read", "resource.labels.job_id=from_gcloud", "--format", "json"),
  ) as { jsonPayload?: { message?: string }; textPayload?: string }[];
  const line = log
    .map((entry) => entry.jsonPayload?.message ?? entry.textPayload ?? "")
    .find((text) => text.startsWith("arguments "));
  const given = execFileSync("python3", [
    "-c",
    "import ast, json, sys; print(json.dumps(ast.literal_eval(sys.argv[1])))",
    line?.slice("arguments ".length) ?? "",
  ]);
  expect((JSON.parse(given.toString()) as string[]).slice(0, args.length)).toEqual(args);
  expect(page.complaints).toEqual([]);
});

test("a CUSTOM job goes through gcloud with its machines", async ({ skip }) => {
  if (!hasGcloud) skip("gcloud is not installed");
  const page = await openPage(browser, `${form()}?from=from_the_form`);
  await page.getByLabel("Job id").fill("custom_gcloud");
  await page.getByRole("radio", { name: "CUSTOM" }).check();
  const workers = page.getByRole("group", { name: "Workers" });
  await workers.getByLabel("Machine type").selectOption("standard");
  await workers.getByLabel("Number").fill("1");
  const command = page.locator("pre");
  await expect.poll(() => command.innerText()).toContain("workerType: standard");
  engine.gcloud(await command.innerText());
  await engine.waitState("custom_gcloud", "SUCCEEDED");
  expect((await engine.job("custom_gcloud")) as object).toMatchObject({
    trainingInput: {
      scaleTier: "CUSTOM",
      masterType: "standard",
      workerType: "standard",
      workerCount: "1",
      args: ["--steps=5", "two words"],
      scheduling: { maxRunningTime: "3600s" },
    },
  });
});

test("a job is filled from another under the next free id, and kept while one looks elsewhere", async () => {
  engine.mlengine(
    ...[
      "jobs",
      "submit",
      "training",
      "from_the_form_2",
      "--module-name",
      "hello.task",
      "--region",
      "us-central1",
    ],
    ...["--packages", archive, "--job-dir", "gs://default-mlengine/x"],
  );
  const page = await openPage(browser, `${form()}?from=from_the_form`);
  await expect.poll(() => page.getByLabel("Job id").inputValue()).toBe("from_the_form_3");
  expect(await page.getByLabel("Output folder").inputValue()).toBe("gs://default-mlengine/from_the_form_3");
  expect(await page.getByLabel("Arguments").inputValue()).toBe("--steps=5\n'two words'");
  expect(await page.getByLabel("Longest running time").inputValue()).toBe("1h");
  await page.getByLabel("Arguments").fill("--steps=7");
  await page.reload();
  await expect.poll(() => page.getByLabel("Arguments").inputValue()).toBe("--steps=7");
  await page.getByRole("button", { name: "Submit the job" }).click();
  await page.waitForURL(/jobs\/from_the_form_3/);
  const job = (await engine.waitState("from_the_form_3", "SUCCEEDED")) as {
    trainingInput?: { args?: string[] };
  };
  expect(job.trainingInput?.args).toEqual(["--steps=7"]);
  expect(page.complaints).toEqual([]);
});

test("what is wrong is said at its field, as the engine says it", async () => {
  const page = await openPage(browser, form());
  const id = page.getByLabel("Job id");
  await id.fill("1st");
  await page.getByText('"1st" is not a job id').waitFor();
  expect(await id.getAttribute("aria-invalid")).toBe("true");
  await id.fill("from_the_form");
  await page.getByText("A job with this id already exists.").waitFor();
  await id.fill("fresh_one");
  await expect.poll(() => id.getAttribute("aria-invalid")).toBe(null);

  // Nothing is said about what is only missing, until one tries.
  expect(await page.getByLabel("Module").getAttribute("aria-invalid")).toBe(null);
  await page.getByRole("button", { name: "Submit the job" }).click();
  await page.getByText("Something has to be mended first").waitFor();
  await page.getByText("The Python module to run is required.").waitFor();

  // A quota stands at the machines; the pool has no GPU.
  await page.getByRole("radio", { name: "BASIC_GPU" }).check();
  await page.getByText("The request for 1 K80 accelerators exceeds").waitFor();
  await page.getByRole("radio", { name: "CUSTOM" }).check();
  await page.getByLabel("Longest running time").fill("soon");
  await page.getByText("max_running_time").waitFor();
  await page.getByLabel("Longest running time").fill("");
  const workers = page.getByRole("group", { name: "Workers" });
  await workers.getByLabel("Number").fill("2");
  await page
    .getByText(/machine type of the worker/i)
    .first()
    .waitFor();
  await expect.poll(() => page.locator("pre").innerText()).toContain("scaleTier: CUSTOM");
  expect(page.complaints).toEqual([]);
});

test("a staged package is chosen, of a job and from a bucket", async () => {
  const page = await openPage(browser, form());
  await page.getByRole("button", { name: "Choose a staged one" }).click();
  await page.getByRole("button", { name: /hello-1\.0\.tar\.gz.*mlengine-packages/s }).click();
  await page
    .getByText(/gs:\/\/default-mlengine\/mlengine-packages\/[0-9a-f]{64}\/hello-1\.0\.tar\.gz/)
    .first()
    .waitFor();
  expect(await page.getByLabel("Module").inputValue()).toBe("hello.task");
  await page.getByRole("button", { name: "Remove hello-1.0.tar.gz" }).click();
  await page.getByRole("button", { name: "Choose a staged one" }).click();
  await page.getByRole("button", { name: "In a bucket" }).click();
  await page.getByRole("button", { name: "mlengine-packages/" }).click();
  await page.getByRole("button", { name: /^[0-9a-f]{64}\/$/ }).click();
  await page.getByRole("button", { name: "hello-1.0.tar.gz" }).click();
  await page.getByRole("button", { name: "Remove hello-1.0.tar.gz" }).waitFor();
  expect(page.complaints).toEqual([]);
});

test("pressing twice makes one job, and a file that is no package is refused", async () => {
  const page = await openPage(browser, `${form()}?from=from_the_form`);
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: "x.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await page.getByText("x.txt is no package").waitFor();
  await page.getByLabel("Job id").fill("pressed_twice");
  // The answer to the first try is lost on its way.
  let lost = 0;
  await page.route("**/v1/projects/default/jobs", async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Submit the job" }).click();
  await page.getByText("The engine did not answer. Press again").waitFor();
  await page.getByRole("button", { name: "Submit the job" }).click();
  await page.waitForURL(/jobs\/pressed_twice/);
  expect(lost).toBe(1);
  await engine.waitState("pressed_twice", "SUCCEEDED");
});

test("in Korean, in both themes, on a phone", async () => {
  for (const theme of ["light", "dark"] as const) {
    const page = await openPage(browser, `${form()}?from=from_the_form`, { theme });
    await page.getByText("0.28 USD").first().waitFor();
    await page.getByRole("radio", { name: "CUSTOM" }).check();
    await page.waitForTimeout(700);
    expect(await violations(page)).toEqual([]);
    await picture(page, `submit-${theme}`, true);
    expect(page.complaints).toEqual([]);
  }
  const korean = await openPage(browser, `${form()}?from=from_the_form`, { language: "ko", phone: true });
  await korean.getByRole("heading", { level: 1, name: "from_the_form 다시 제출" }).waitFor();
  await korean.getByText("0.28 USD").first().waitFor();
  await noSidewaysScroll(korean);
  expect(await violations(korean)).toEqual([]);
  await picture(korean, "submit-ko-phone", true);
  await korean.getByRole("button", { name: "작업 제출" }).click();
  await korean.waitForURL(/\/ui\/jobs\/from_the_form_/);
  expect(korean.complaints).toEqual([]);
});
