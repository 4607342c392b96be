import type { PhaseJson } from "~/api/gen/mlengine/runner/v1/status_record_pb";
import { isOver } from "~/ui/state_badge";
import type { JobDetail } from "./job_detail";

export const phaseNames = [
  "queued",
  "launch",
  "staging",
  "environment",
  "exec",
  "first_line",
  "running",
] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface ShownPhase {
  name: PhaseName;
  /** Undefined: it did not come so far. */
  milliseconds: number | undefined;
  /** It goes on now. */
  current: boolean;
  detail: string;
  /** Part of the bar, 0 to 1. */
  share: number;
}

const at = (time: string | undefined) => (time ? new Date(time).getTime() : Number.NaN);

// A queue of a day beside a launch of a millisecond: by the root, and each one wide enough to be seen.
const least = 0.035;
const most = 0.45;

/** Parts of a whole that keep their order, each with room to be seen. */
export function shares(lengths: number[]): number[] {
  const roots = lengths.map((length) => Math.sqrt(Math.max(length, 0)));
  const sum = roots.reduce((a, b) => a + b, 0);
  if (sum === 0) return lengths.map(() => 1 / Math.max(lengths.length, 1));
  const bounded = roots.map((root) => Math.min(Math.max(root / sum, least), most));
  const total = bounded.reduce((a, b) => a + b, 0);
  return bounded.map((part) => part / total);
}

// What goes on and is not over, so that the door does not tell it yet.
function openPhase(detail: JobDetail, now: number): { name: PhaseName; milliseconds: number } | undefined {
  const { job, attempts } = detail;
  const attempt = attempts.at(-1);
  if (!attempt) return { name: "queued", milliseconds: now - at(job.createTime) };
  const recorded: PhaseJson[] = attempt.replicas?.[0]?.status?.phases ?? [];
  if (recorded.length === 0) return { name: "launch", milliseconds: now - at(attempt.decidedTime) };
  const open = recorded.find((phase) => !phase.endTime);
  const name = phaseNames.find((one) => one === open?.name);
  return open && name ? { name, milliseconds: now - at(open.startTime) } : undefined;
}

// From the program's start to its end; the first line is within it.
function runningMs({ job, attempts }: JobDetail, now: number): number | undefined {
  const first = attempts.at(-1)?.replicas?.[0]?.status;
  const began = at(first?.phases?.find((phase) => phase.name === "exec")?.endTime);
  if (!Number.isFinite(began)) return undefined;
  const ended = at(first?.exit?.endTime ?? attempts.at(-1)?.endTime ?? job.endTime);
  return Math.max((Number.isFinite(ended) ? ended : now) - began, 0);
}

/** All phases of the last attempt, in order, with how much of the bar each has. */
export function phasesOf(detail: JobDetail, now: number): ShownPhase[] {
  const over = isOver(detail.job.state);
  const told = new Map(detail.phases.map((phase) => [phase.name, phase]));
  const open = over ? undefined : openPhase(detail, now);
  const running = runningMs(detail, now);
  const exited = detail.attempts.at(-1)?.replicas?.[0]?.status?.exit !== undefined;
  const firstLine = told.get("first_line")?.milliseconds ?? 0;
  const list = phaseNames.map((name) => {
    const recorded = told.get(name);
    const current =
      name === "running" ? running !== undefined && !over && !exited : !recorded && open?.name === name;
    const milliseconds =
      name === "running"
        ? running === undefined
          ? undefined
          : Math.max(running - firstLine, 0)
        : (recorded?.milliseconds ?? (current ? Math.max(open?.milliseconds ?? 0, 0) : undefined));
    return { name, milliseconds, current, detail: recorded?.detail ?? "" };
  });
  const there = list.filter((phase) => phase.milliseconds !== undefined);
  const parts = shares(there.map((phase) => phase.milliseconds ?? 0));
  return list.map((phase) => ({ ...phase, share: parts[there.indexOf(phase)] ?? 0 }));
}

/** "0.04 ms", "23 ms", "1.6 s": of phases, which may be very short. */
export function shortMs(milliseconds: number, seconds: (value: number) => string): string {
  if (milliseconds < 10)
    return `${milliseconds < 0.095 ? milliseconds.toFixed(2) : milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return seconds(milliseconds / 1000);
}
