import type { AttemptRecordJson } from "~/api/gen/mlengine/engine/v1/job_record_pb";
import type { StatusRecordJson } from "~/api/gen/mlengine/runner/v1/status_record_pb";
import type { JobDetail } from "./job_detail";

/** Something that happened to a job, for its timeline. */
export interface JobEvent {
  time: string;
  kind:
    | "created"
    | "admitted"
    | "program"
    | "programs"
    | "running"
    | "exit"
    | "exits"
    | "lost"
    | "stop"
    | "attemptEnd"
    | "end";
  attempt: number;
  replica: string;
  count: number;
  restart: number;
  /** Of an exit the reason, of an attempt's end its outcome, of the job's its state. */
  word: string;
  bad: boolean;
}

// More exits than these in an attempt are told by their reasons.
const mostExits = 8;
const well = new Set(["FINISHED", "STOPPED", "CANCELLED", "TORN_DOWN", "DRILLED", "PREEMPTED"]);

function event(kind: JobEvent["kind"], time: string, more: Partial<JobEvent> = {}): JobEvent {
  return { kind, time, attempt: 0, replica: "", count: 0, restart: 0, word: "", bad: false, ...more };
}

const programStart = (status: StatusRecordJson | undefined) =>
  status?.phases?.find((phase) => phase.name === "exec")?.endTime;

function startsOf(attempt: AttemptRecordJson, number: number): JobEvent[] {
  const replicas = attempt.replicas ?? [];
  const firsts = replicas
    .map((replica) => programStart(replica.earlier?.[0] ?? replica.status))
    .filter((time): time is string => time !== undefined)
    .sort();
  const events: JobEvent[] = [];
  const last = firsts.at(-1);
  if (last) events.push(event("programs", last, { attempt: number, count: firsts.length }));
  for (const replica of replicas) {
    const executions = [...(replica.earlier ?? []).slice(1), ...(replica.restart ? [replica.status] : [])];
    executions.forEach((status, n) => {
      const time = programStart(status);
      const name = `${replica.role} ${replica.index ?? 0}`;
      if (time) events.push(event("program", time, { attempt: number, replica: name, restart: n + 1 }));
    });
  }
  return events;
}

function exitsOf(attempt: AttemptRecordJson, number: number): JobEvent[] {
  const events: JobEvent[] = [];
  for (const replica of attempt.replicas ?? []) {
    [...(replica.earlier ?? []), replica.status].forEach((status, restart) => {
      if (!status?.exit?.endTime) return;
      const word = status.exit.reason ?? "UNKNOWN";
      const name = `${replica.role} ${replica.index ?? 0}`;
      events.push(
        event("exit", status.exit.endTime, {
          attempt: number,
          replica: name,
          restart,
          word,
          bad: !well.has(word),
        }),
      );
    });
  }
  if (events.length <= mostExits) return events;
  const byWord = new Map<string, JobEvent[]>();
  for (const one of events) byWord.set(one.word, [...(byWord.get(one.word) ?? []), one]);
  return [...byWord].map(([word, list]) => {
    const times = list.map((one) => one.time).sort();
    return event("exits", times.at(-1) ?? "", {
      attempt: number,
      word,
      count: list.length,
      bad: !well.has(word),
    });
  });
}

/** The timeline of a job, the oldest first. */
export function eventsOf({ job, attempts }: JobDetail): JobEvent[] {
  const events: JobEvent[] = [];
  if (job.createTime) events.push(event("created", job.createTime));
  for (const attempt of attempts) {
    const number = attempt.number ?? 1;
    if (attempt.decidedTime) events.push(event("admitted", attempt.decidedTime, { attempt: number }));
    events.push(...startsOf(attempt, number), ...exitsOf(attempt, number));
    if (attempt.stopTime) events.push(event("stop", attempt.stopTime, { attempt: number }));
    if (attempt.endTime) {
      const word = attempt.outcome ?? "OUTCOME_UNSPECIFIED";
      const bad = word === "USER_ERROR" || word === "INFRASTRUCTURE_FAILURE";
      events.push(event("attemptEnd", attempt.endTime, { attempt: number, word, bad }));
    }
  }
  // What the job itself tells is in whole seconds: it stands where it belongs, not where that would sort it.
  const [created, ...rest] = events;
  rest.sort((a, b) => new Date(a.time).getTime() - new Date(b.time).getTime());
  if (job.endTime)
    rest.push(event("end", job.endTime, { word: job.state ?? "", bad: job.state === "FAILED" }));
  return created ? [created, ...rest] : rest;
}
