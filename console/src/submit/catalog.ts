import { useCallback } from "preact/hooks";
import { ApiError, get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";

export interface PricedTier {
  name: string;
  perHour?: number;
  replicas: {
    role: string;
    count: number;
    machineType: string;
    accelerators?: { type: string; count: number };
  }[];
}

export interface PricedMachine {
  name: string;
  vcpus: number;
  memoryGb: number;
  perHour?: number;
}

export interface Prices {
  currency: string;
  tiers: PricedTier[];
  machineTypes: PricedMachine[];
  accelerators: { type: string; perHour?: number }[];
}

export interface Runtime {
  name: string;
  state: "INSTALLED" | "AVAILABLE" | "MISSING" | "UNAVAILABLE";
  pythonVersions?: string[];
  framework?: string;
  default?: boolean;
}

/** What one may choose from. What is not there yet, or what this engine does not tell, is empty. */
export interface Catalog {
  prices?: Prices;
  regions: string[];
  runtimes: Runtime[];
}

/** All tiers there are; the price door tells more of each. */
export const tierNames = ["BASIC", "STANDARD_1", "PREMIUM_1", "BASIC_GPU", "BASIC_TPU", "CUSTOM"];

const orNothing = async <Value>(answer: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
};

export function useCatalog(project: string, region: string): Catalog {
  const prices = useCallback(
    (signal: AbortSignal) => orNothing(get<Prices>(paths.engine("prices"), { region }, signal)),
    [region],
  );
  const rest = useCallback(
    async (signal: AbortSignal) => {
      const [locations, runtimes] = await Promise.all([
        orNothing(
          get<{ locations?: { name: string }[] }>(
            `/v1/projects/${encodeURIComponent(project)}/locations`,
            {},
            signal,
          ),
        ),
        orNothing(get<{ runtimes: Runtime[] }>(paths.engine("runtimes"), {}, signal)),
      ]);
      return {
        regions: (locations?.locations ?? []).map((one) => one.name.slice(one.name.lastIndexOf("/") + 1)),
        runtimes: runtimes?.runtimes ?? [],
      };
    },
    [project],
  );
  const { data: priced } = useLive(prices, 0);
  const { data: told } = useLive(rest, 0);
  return { prices: priced, regions: told?.regions ?? [], runtimes: told?.runtimes ?? [] };
}

/** "3.7" of "3.7.16", the newest first, each once; what is chosen stays among them. */
export function pythonsOf(runtimes: readonly Runtime[], runtime: string, chosen: string): string[] {
  const of = runtimes.filter((one) => (runtime ? one.name === runtime : true));
  const found = new Set(
    of.flatMap((one) => one.pythonVersions ?? []).map((text) => text.split(".", 2).join(".")),
  );
  if (chosen) found.add(chosen);
  return [...found].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}
