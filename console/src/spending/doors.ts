import { call, get } from "~/api/http";
import { paths } from "~/api/resources";

// The doors of quotas, budgets and costs give whole numbers and amounts as text.

export interface QuotaLine {
  quota: string;
  /** "" for what counts in all regions together. */
  region: string;
  /** A whole number, or "unlimited". */
  limit: string;
  source: string;
  used?: string;
}

export interface Quotas {
  profile: string;
  description: string;
  quotas: QuotaLine[];
  profiles: { profile: string; description: string }[];
}

export const getQuotas = (project: string, region: string, signal?: AbortSignal): Promise<Quotas> =>
  get(paths.own(project, "quotas"), { region }, signal);

export const putQuota = (project: string, quota: string, limit: string, region: string): Promise<unknown> =>
  call("PUT", paths.own(project, `quotas/${encodeURIComponent(quota)}`), {
    body: { limit, ...(region ? { region } : {}) },
  });

export const takeProfile = (project: string, profile: string): Promise<unknown> =>
  call("POST", paths.own(project, "quotas:profile"), { body: { profile } });

export interface Budget {
  /** "job", "project" or "month". */
  budget: string;
  /** "7.50", or "unlimited". */
  amount: string;
  currency?: string;
  warnPercent?: number;
  source?: string;
  month?: string;
  spent?: string;
}

export const getBudgets = (project: string, signal?: AbortSignal): Promise<{ budgets: Budget[] }> =>
  get(paths.own(project, "budgets"), {}, signal);

export const putBudget = (
  project: string,
  budget: string,
  amount: string,
  warnPercent: string,
): Promise<unknown> =>
  call("PUT", paths.own(project, `budgets/${encodeURIComponent(budget)}`), {
    body: { amount, ...(warnPercent ? { warnPercent } : {}) },
  });

export interface CostRow {
  group?: string;
  jobs: number;
  units: string;
  money: string;
  currency: string;
  text: string;
}

export interface Cost {
  rows: CostRow[];
  totals: CostRow[];
  notes: string[];
}

export const getCost = (
  project: string,
  groupBy: string,
  filter: string,
  signal?: AbortSignal,
): Promise<Cost> => get(paths.own(project, "jobs:cost"), { groupBy, filter }, signal);

export async function getRegions(project: string, signal?: AbortSignal): Promise<string[]> {
  const { locations = [] } = await get<{ locations?: { name: string; capabilities?: { type: string }[] }[] }>(
    `/v1/projects/${encodeURIComponent(project)}/locations`,
    {},
    signal,
  );
  return locations
    .filter((one) => one.capabilities?.some((can) => can.type === "TRAINING") ?? true)
    .map((one) => one.name.slice(one.name.lastIndexOf("/") + 1));
}

export interface Prices {
  region: string;
  list: string;
  currency: string;
  tiers: {
    name: string;
    perHour?: number;
    unitsPerHour?: number;
    replicas?: { role: string; count: number; machineType: string }[];
  }[];
  machineTypes: {
    name: string;
    vcpus?: number;
    memoryGb?: number;
    accelerators?: { type: string; count: number }[];
    perHour?: number;
    unitsPerHour?: number;
  }[];
  accelerators?: { type: string; perHour?: number }[];
}

export const getPrices = (region: string, signal?: AbortSignal): Promise<Prices> =>
  get(paths.engine("prices"), { region }, signal);

/** As `mlengine jobs estimate --format json` prints it. */
export interface Estimate {
  steps: { count: number; source: string; unit?: string };
  region?: string;
  priceList?: string;
  currency?: string;
  measured: {
    tier: string;
    where: string;
    unit: string;
    steps: number;
    seconds: number;
    stepsPerSecond: number;
    spread: number;
  }[];
  tiers: TierEstimate[];
  assumptions: string[];
  notKnown: string[];
}

export interface TierEstimate {
  tier: string;
  source: string;
  replicas?: number;
  perHour?: number;
  seconds?: number;
  confidence?: string;
  speedUp?: number;
  fastest?: boolean;
  money?: number;
  cheapest?: boolean;
}

export const getEstimate = (
  project: string,
  job: string,
  steps: string,
  signal?: AbortSignal,
): Promise<Estimate> =>
  call("POST", paths.ownJob(project, job, ":estimate"), { body: steps ? { steps } : {}, signal });
