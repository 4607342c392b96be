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

function timeOf(response: Response): number {
  const at = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(at) ? Date.now() : at;
}

export async function loadServing(project: string, model: string, signal?: AbortSignal): Promise<Serving> {
  const response = await send(door(project, model), { signal });
  return { ...((await response.json()) as Serving), at: timeOf(response) };
}

/** A version in a list of models: `traffic` of the last minute only. */
export interface VersionSummary
  extends Pick<ServedVersion, "version" | "state" | "isDefault" | "latency" | "traffic"> {
  lastHour: { requests: string; errors: string };
}

export interface ModelSummary {
  model: string;
  description: string;
  defaultVersion: string;
  versions: VersionSummary[];
}

export interface ModelSummaries {
  models: ModelSummary[];
  /** There are more than were asked for. */
  more: boolean;
  /** As of Serving. */
  at: number;
}

const mostAtOnce = 200;

/** The first `most` models of a project, by name. */
export async function loadModels(
  project: string,
  most: number,
  signal: AbortSignal,
): Promise<ModelSummaries> {
  const models: ModelSummary[] = [];
  let pageToken = "";
  let at = 0;
  do {
    const query = { pageSize: Math.min(most - models.length, mostAtOnce), pageToken };
    const response = await send(paths.own(project, "serving"), { query, signal });
    at = timeOf(response);
    const page = (await response.json()) as { models: ModelSummary[]; nextPageToken: string };
    models.push(...page.models);
    pageToken = page.nextPageToken;
  } while (pageToken && models.length < most);
  return { models, more: pageToken !== "", at };
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
