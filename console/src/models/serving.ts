import { call, send } from "~/api/http";
import { paths } from "~/api/resources";

/** What happened in one slice of time; seconds. Counts of 64 bits are text, as everywhere in the API. */
export interface TrafficPoint {
  time: string;
  seconds: number;
  requests: string;
  /** Those that failed by the engine or the process, not by what was asked. */
  errors: string;
  p50: number;
  p95: number;
}

export type Outcome = "answered" | "refused" | "too_many" | "unavailable" | "too_late" | "failed";

/** The figures of a version since the server started. */
export interface ServedVersion {
  version: string;
  state: string;
  isDefault: boolean;
  processes: { pid: number; memoryBytes: string; requests: number }[];
  /** Under way, and of these not with a process yet. */
  requests: number;
  waiting: number;
  totals: Partial<Record<Outcome, string>>;
  instances: string;
  latency: { p50: number; p95: number; p99: number };
  batches: { runs: string; meanInstances: number; sharedRequests: string };
  starts: string;
  deaths: string;
  lastUseTime?: string;
  /** Of the last hour; slices without a request are left out. */
  traffic: TrafficPoint[];
}

export interface TrafficShare {
  version: string;
  percent: number;
}

export interface ServingSettings {
  traffic: TrafficShare[];
  separateRuns: boolean;
  requestLogging?: { folder: string; samplePercent: number };
}

export interface Serving {
  model: string;
  defaultVersion: string;
  settings: ServingSettings;
  versions: ServedVersion[];
  /** The engine's time when it answered, in milliseconds since 1970: the browser's clock may be another. */
  at: number;
}

const door = (project: string, model: string) =>
  paths.own(project, `models/${encodeURIComponent(model)}/serving`);

export async function loadServing(project: string, model: string, signal?: AbortSignal): Promise<Serving> {
  const response = await send(door(project, model), { signal });
  const at = Date.parse(response.headers.get("Date") ?? "");
  return { ...((await response.json()) as Serving), at: Number.isNaN(at) ? Date.now() : at };
}

/** What is to change; requestLogging null ends it. */
export interface ServingChange {
  traffic?: TrafficShare[];
  separateRuns?: boolean;
  requestLogging?: { folder: string; samplePercent: number } | null;
}

export const changeServing = (project: string, model: string, change: ServingChange): Promise<Serving> =>
  call("PATCH", door(project, model), { body: change });

const outcomes: Outcome[] = ["answered", "refused", "too_many", "unavailable", "too_late", "failed"];

export const countOf = (version: ServedVersion, outcome: Outcome): number =>
  Number(version.totals[outcome] ?? 0);

export const requestsOf = (version: ServedVersion): number =>
  outcomes.reduce((sum, outcome) => sum + countOf(version, outcome), 0);

/** All that was neither answered nor refused for what it asked. */
export const errorsOf = (version: ServedVersion): number =>
  requestsOf(version) - countOf(version, "answered") - countOf(version, "refused");

export const memoryOf = (version: ServedVersion): number =>
  version.processes.reduce((sum, process) => sum + Number(process.memoryBytes), 0);
