import { call, get } from "~/api/http";
import { paths } from "~/api/resources";

/** Report of a fire drill, as far as the page shows it. */
export interface Drill {
  drill: number;
  action: "kill" | "preempt" | "restart-server";
  replica?: string;
  result: "PENDING" | "RECOVERED" | "FAILED" | "DROPPED";
  waitsFor?: string;
  note?: string;
  requestTime: string;
  secondsUntilRunning?: number;
  steps?: { unit: string; before: number; resumedFrom?: number; lost?: number };
  cost?: { text?: string; unknown?: string; lostSeconds: number };
}

export interface DrillForecast {
  sentences: string[];
}

export interface DrillWish {
  action: "kill" | "preempt";
  /** Of kill: "worker:1". */
  replica?: string;
}

const door = (project: string, job: string) => paths.ownJob(project, job, "/drills");

export const forecastDrill = (
  project: string,
  job: string,
  wish: DrillWish,
  signal: AbortSignal,
): Promise<DrillForecast> =>
  call("POST", door(project, job), { body: { ...wish, validateOnly: true }, signal });

/** `key` makes a request that is sent twice one drill. */
export const beginDrill = (project: string, job: string, wish: DrillWish, key: string): Promise<Drill> =>
  call("POST", door(project, job), { body: wish, headers: { "Idempotency-Key": key } });

export const loadDrills = async (project: string, job: string, signal: AbortSignal): Promise<Drill[]> =>
  (await get<{ drills: Drill[] }>(door(project, job), {}, signal)).drills;
