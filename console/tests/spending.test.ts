import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./support/axe";
import { openPage, picture, startBrowser } from "./support/browser";
import { Engine, waitFor } from "./support/engine";

let engine: Engine;
let browser: Browser;

const steps = `
import time
for n in range(200):
    print("step %d/200 loss %.3f" % (n + 1, 1 / (n + 1)), flush=True)
    time.sleep(0.03)
`;

interface QuotaAnswer {
  quotas: { quota: string; limit: string; source: string; used?: string }[];
}

const quota = async (name: string, region = "us-central1") =>
  (await engine.get<QuotaAnswer>(`/mlengine/v1/projects/default/quotas?region=${region}`)).quotas.find(
    (one) => one.quota === name,
  );

const budget = async (name: string) =>
  (
    await engine.get<{ budgets: { budget: string; amount: string; warnPercent?: number }[] }>(
      "/mlengine/v1/projects/default/budgets",
    )
  ).budgets.find((one) => one.budget === name);

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

beforeAll(async () => {
  [engine, browser] = await Promise.all([Engine.start(), startBrowser()]);
  engine.submit("speech_1", steps, { flags: ["--labels", "owner=kim", "--async"] });
  await engine.waitState("speech_1", "SUCCEEDED", 120);
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});

test("limits are shown with what is used of them, changed, lifted and taken away", async () => {
  engine.submit("holds", "import time\ntime.sleep(600)", { flags: ["--async"] });
  await engine.waitState("holds", "RUNNING");
  const page = await openPage(browser, `${engine.url}/ui/prices`);
  const quotas = card(page, "Quotas");
  const line = (name: string) => quotas.locator(`tr[data-quota="${name}"]`);
  await waitFor("the running job's vCPUs", async () =>
    /4\s*450/.test((await line("vcpus").innerText()).replace(/\n/g, " ")),
  );
  expect(await line("k80").count()).toBe(0);
  await quotas.getByRole("button", { name: /Show accelerators/ }).click();
  await line("k80").waitFor();

  await line("vcpus").getByRole("button").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "New limit" }).fill("lots");
  await dialog.getByRole("button", { name: "Set" }).click();
  await dialog.getByText('"lots" is no limit').waitFor();
  await dialog.getByRole("textbox", { name: "New limit" }).fill("5");
  await dialog.getByRole("button", { name: "Set" }).click();
  await line("vcpus").getByText("set here").waitFor();
  expect(await quota("vcpus")).toMatchObject({ limit: "5", source: "set" });
  expect(await quota("vcpus", "europe-west1")).toMatchObject({ source: "default" });
  // Nearly all of it is used, so its bar says so.
  await line("vcpus").locator(".bar.warn").waitFor();

  await page.getByLabel("Region").selectOption("europe-west1");
  await waitFor("the other region's use", async () =>
    /0\s*450/.test((await line("vcpus").innerText()).replace(/\n/g, " ")),
  );
  expect(new URL(page.url()).searchParams.get("region")).toBe("europe-west1");
  await page.getByLabel("Region").selectOption("us-central1");
  await line("vcpus").getByText("set here").waitFor();
  await line("vcpus").getByRole("button").click();
  await dialog.getByLabel("As the profile has it").check();
  await dialog.getByRole("button", { name: "Set" }).click();
  await waitFor("the profile's limit", async () => (await quota("vcpus"))?.source === "default");

  await quotas.getByRole("combobox", { name: "Profile" }).selectOption("free");
  await dialog.getByRole("button", { name: "Take" }).click();
  await quotas.getByText("As a free trial of the original").waitFor();
  await card(page, "Budgets")
    .getByText(/of 300\.00 USD spent/)
    .waitFor();
  await quotas.getByRole("combobox", { name: "Profile" }).selectOption("default");
  await dialog.getByRole("button", { name: "Take" }).click();
  await quotas.getByText("450 vCPUs in each region").waitFor();
  engine.mlengine("jobs", "cancel", "holds");
  expect(page.complaints).toEqual([]);
});

test("budgets are set, shown with what is spent, and removed", async () => {
  const page = await openPage(browser, `${engine.url}/ui/prices`);
  const budgets = card(page, "Budgets");
  const month = budgets.locator('li[data-budget="month"]');
  await month.getByRole("button", { name: /^Set/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Amount in USD").fill("much");
  await dialog.getByRole("button", { name: "Set" }).click();
  await dialog.getByText("is no amount of money").waitFor();
  await dialog.getByLabel("Amount in USD").fill("12.50");
  await dialog.getByLabel("Warn at percent").fill("60");
  await dialog.getByRole("button", { name: "Set" }).click();
  await month.getByText(/of 12\.50 USD spent/).waitFor();
  await month.getByText("warns at 60 %").waitFor();
  expect(await budget("month")).toMatchObject({ amount: "12.50", warnPercent: 60 });
  await month.getByRole("button", { name: /^Remove/ }).click();
  await month.getByText("no limit").waitFor();
  expect(await budget("month")).toMatchObject({ amount: "unlimited" });
  expect(page.complaints).toEqual([]);
});

test("what was spent, by day, tier and label, filtered as the API does", async () => {
  const page = await openPage(browser, `${engine.url}/ui/prices`);
  const spent = card(page, "Spending");
  await spent.getByRole("img", { name: "Money a day, last 30 days" }).waitFor();
  await spent.getByRole("cell", { name: "BASIC", exact: true }).waitFor();
  await spent.getByLabel("By").selectOption("label");
  await spent.getByRole("cell", { name: "owner=kim" }).waitFor();
  await spent.getByLabel("By").selectOption("label=");
  await spent.getByLabel("Label key").fill("owner");
  await spent.getByRole("cell", { name: "kim", exact: true }).waitFor();
  await spent.getByLabel("By").selectOption("day");
  await spent.getByRole("cell", { name: new Date().toISOString().slice(0, 10), exact: true }).waitFor();
  await page.reload(); // the address holds it
  await spent.getByRole("cell", { name: new Date().toISOString().slice(0, 10), exact: true }).waitFor();
  await spent.getByLabel("Filter").fill("jobId:speech_1");
  await waitFor("only that job", async () => (await spent.locator("tfoot td").first().innerText()) === "1");
  await spent.getByLabel("Filter").fill("(((");
  await spent.getByRole("alert").first().waitFor();
  expect(page.complaints).toEqual([]);
});

test("the advisor gives the command line's figures and sentences", async () => {
  const page = await openPage(browser, `${engine.url}/ui/prices`);
  const advisor = card(page, "Advisor");
  await advisor.getByLabel("Past job").fill("speech");
  await waitFor("the job among the choices", () => page.locator('datalist option[value="speech_1"]').count());
  await advisor.getByLabel("Past job").fill("speech_1");
  await advisor.getByLabel("Steps").fill("36000");
  await advisor.getByRole("button", { name: "Estimate" }).click();
  await advisor.locator('tr[data-tier="BASIC"]').waitFor();
  const told = JSON.parse(
    engine.mlengine("jobs", "estimate", "--from-job", "speech_1", "--steps", "36000", "--format", "json"),
  ) as {
    tiers: { tier: string; money?: number; cheapest?: boolean; fastest?: boolean; source: string }[];
    assumptions: string[];
    notKnown: string[];
  };
  await advisor.getByText("36,000 steps").waitFor();
  for (const tier of told.tiers) {
    const row = advisor.locator(`tr[data-tier="${tier.tier}"]`);
    const text = await row.innerText();
    expect(text.includes("cheapest")).toBe(tier.cheapest === true);
    expect(text.includes("quickest")).toBe(tier.fastest === true);
    if (tier.money !== undefined)
      expect(text).toContain(tier.money < 0.1 ? tier.money.toFixed(4) : tier.money.toFixed(2));
    expect(text.replace(/\s+/g, " ")).toContain(tier.source.replace(/\s+/g, " "));
  }
  await advisor.getByText("How it was reckoned").click();
  for (const line of told.assumptions) await advisor.getByText(line, { exact: true }).waitFor();
  await advisor.getByText("What it cannot know").click();
  await advisor.getByText(told.notKnown[0] ?? "", { exact: true }).waitFor();
  await picture(page, "spending-advisor", true);
  await page.goto(`${engine.url}/ui/prices?job=no_such_job`);
  await advisor.getByRole("alert").waitFor();
  expect(page.complaints).toEqual([]);
});

test("the price list is the engine's, by region", async () => {
  const page = await openPage(browser, `${engine.url}/ui/prices`);
  const list = card(page, "Price list");
  await list.getByText("STANDARD_1").waitFor();
  await list.getByText("2.9025 USD").waitFor();
  expect(await list.getByText("n1-standard-4", { exact: true }).count()).toBe(0);
  await list.getByRole("button", { name: /Show machine types without/ }).click();
  await list.getByText("n1-standard-4", { exact: true }).waitFor();
  await page.getByLabel("Region").selectOption("europe-west1");
  await list.getByText("3.1986 USD").waitFor();
  expect(page.complaints).toEqual([]);
});

test("accessible and without sideways scrolling, in both themes and languages; nothing moves by itself", async () => {
  for (const theme of ["light", "dark"] as const) {
    const page = await openPage(browser, `${engine.url}/ui/prices?job=speech_1`, { theme });
    await page.locator('tr[data-tier="BASIC"]').waitFor();
    await page.getByText("STANDARD_1").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `spending-${theme}`, true);
    await page.locator('tr[data-quota="jobs"]').getByRole("button").click();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  }
  const phone = await openPage(browser, `${engine.url}/ui/prices?job=speech_1`, {
    phone: true,
    language: "ko",
  });
  await phone.locator('tr[data-tier="BASIC"]').waitFor();
  expect(
    await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBe(0);
  expect(await violations(phone)).toEqual([]);
  await picture(phone, "spending-phone-ko", true);
  expect(phone.complaints).toEqual([]);
});
