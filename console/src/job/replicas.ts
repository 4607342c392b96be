import type { AttemptRecordJson, ReplicaRecordJson } from "~/api/gen/mlengine/engine/v1/job_record_pb";
import { finite, type Metrics } from "./metrics";

/** "WAITING" before its runner has begun, "LOST" when that is gone without a record; else the runner's own step. */
export type ReplicaState =
  | "WAITING"
  | "STAGING"
  | "ENVIRONMENT"
  | "LEASED"
  | "RUNNING"
  | "EXITED"
  | "NOT_STARTED"
  | "LOST";

export interface Usage {
  cpu?: number;
  memory?: number;
  /** Percent, the mean of its GPUs. */
  gpu?: number;
}

export interface ShownReplica {
  role: string;
  index: number;
  state: ReplicaState;
  restarts: number;
  pid?: number;
  port?: number;
  gpus: number;
  use: Usage;
  exit?: { code: number; signal: number; reason: string };
  /** It ended, and not well. */
  bad: boolean;
  /** Why no program ran. */
  error: string;
}

const roles = ["master", "chief", "worker", "ps", "evaluator"];

/** In the order master, workers, parameter servers, evaluator. */
export const roleOrder = (role: string): number => {
  const place = roles.indexOf(role);
  return place < 0 ? roles.length : place;
};

/** The replica that a run of resources is of: "resources/worker-replica-1" is worker 1. */
export function replicaOfRun(run: string): { role: string; index: number } | undefined {
  const [, role, index] = /^resources\/(.+)-replica-(\d+)$/.exec(run) ?? [];
  return role ? { role, index: Number(index) } : undefined;
}

/** The newest samples, by "role index". */
export function usageOf(metrics: Metrics | undefined): Map<string, Usage> {
  const all = new Map<string, Usage>();
  const duties = new Map<string, number[]>();
  for (const series of metrics?.series ?? []) {
    const replica = replicaOfRun(series.run);
    const value = finite(series.points.at(-1)?.value ?? "NaN");
    if (!replica || value === null) continue;
    const name = `${replica.role} ${replica.index}`;
    const use = all.get(name) ?? {};
    all.set(name, use);
    if (series.tag === "cpu") use.cpu = value;
    if (series.tag === "memory" || (series.tag === "memory_resident" && use.memory === undefined))
      use.memory = value;
    if (/^gpu\d+_duty$/.test(series.tag)) {
      const list = [...(duties.get(name) ?? []), value];
      duties.set(name, list);
      use.gpu = list.reduce((a, b) => a + b, 0) / list.length;
    }
  }
  return all;
}

function stateOf(replica: ReplicaRecordJson): ReplicaState {
  const step = replica.status?.step;
  if (replica.runnerLost && step !== "EXITED" && step !== "NOT_STARTED") return "LOST";
  return step === undefined || step === "STEP_UNSPECIFIED" ? "WAITING" : step;
}

const well = new Set([
  "FINISHED",
  "STOPPED",
  "CANCELLED",
  "TORN_DOWN",
  "DRILLED",
  "PREEMPTED",
  "STOPPED_WITH_JOB",
]);

function exitOf({ status }: ReplicaRecordJson): ShownReplica["exit"] {
  if (status?.error) return { code: 0, signal: 0, reason: status.error.reason ?? "UNKNOWN" };
  if (!status?.exit) return undefined;
  const { exitCode = 0, signal = 0, reason = "UNKNOWN" } = status.exit;
  return { code: exitCode, signal, reason };
}

/** The replicas of an attempt with what they use now: nothing of those that have ended. */
export function replicasOf(attempt: AttemptRecordJson | undefined, metrics?: Metrics): ShownReplica[] {
  const usage = usageOf(metrics);
  const list = (attempt?.replicas ?? []).map((replica): ShownReplica => {
    const role = replica.role ?? "";
    const index = replica.index ?? 0;
    const state = stateOf(replica);
    const exit = exitOf(replica);
    return {
      role,
      index,
      state,
      restarts: replica.restart ?? 0,
      pid: state === "RUNNING" ? replica.status?.userPid : undefined,
      port: replica.port,
      gpus: replica.gpus?.length ?? 0,
      use: state === "RUNNING" ? (usage.get(`${role} ${index}`) ?? {}) : {},
      exit,
      bad: state === "LOST" || (exit !== undefined && !well.has(exit.reason)),
      error: replica.status?.error?.message ?? "",
    };
  });
  return list.sort((a, b) => roleOrder(a.role) - roleOrder(b.role) || a.index - b.index);
}

/** A word that says how a replica is: its state, or how it ended. */
export const conditionOf = (replica: ShownReplica): string => replica.exit?.reason ?? replica.state;

/** How many are in each condition: first those that ended badly, then the most. */
export function conditionsOf(
  replicas: readonly ShownReplica[],
): { name: string; count: number; bad: boolean }[] {
  const all = new Map<string, { name: string; count: number; bad: boolean }>();
  for (const replica of replicas) {
    const name = conditionOf(replica);
    const one = all.get(name) ?? { name, count: 0, bad: replica.bad };
    one.count += 1;
    all.set(name, one);
  }
  return [...all.values()].sort((a, b) => Number(b.bad) - Number(a.bad) || b.count - a.count);
}
