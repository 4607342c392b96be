import { get } from "~/api/http";
import { paths } from "~/api/resources";

/** A value may be no number: then its name. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";

export interface MetricPoint {
  step: string;
  time: string;
  value: MetricValue;
}

export interface MetricSeries {
  run: string;
  tag: string;
  count: string;
  min?: number;
  max?: number;
  nonFinite?: { count: string; firstStep: string };
  points: MetricPoint[];
}

export interface Metrics {
  series: MetricSeries[];
  warnings: string[];
}

export interface MetricQuestion {
  source?: "events" | "resources" | "all";
  points?: number;
  tag?: readonly string[];
  run?: readonly string[];
}

export const loadMetrics = (
  project: string,
  job: string,
  question: MetricQuestion,
  signal: AbortSignal,
): Promise<Metrics> => get(paths.ownJob(project, job, "/metrics"), { ...question }, signal);

/** The finite number, or null. */
export const finite = (value: MetricValue): number | null => (typeof value === "number" ? value : null);
