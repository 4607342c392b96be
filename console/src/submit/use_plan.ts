import { useEffect, useState } from "preact/hooks";
import { ApiError, call } from "~/api/http";
import { paths } from "~/api/resources";
import { returns } from "~/live/connection";
import { type Draft, type JobBody, jobOf } from "./draft";
import { type Faults, faultsOf, planStands } from "./faults";

export interface PlannedReplicas {
  role: string;
  count: number;
  machineType: string;
  vcpus: number;
  memoryGb: number;
  accelerators?: { type: string; count: number };
}

/** What would become of the job, as the engine tells. */
export interface Plan {
  scaleTier: string;
  region: string;
  replicaCount: number;
  replicas: PlannedReplicas[];
  price: {
    list?: string;
    currency?: string;
    perHour?: number;
    unitsPerHour?: number;
    text?: string;
    unknown?: string;
    cheapest?: { region: string; text: string };
  };
  runtime: { name?: string; pythonVersion?: string; warnings?: string[]; unknown?: string };
  pool: { slots: number; fits: boolean };
}

export interface Planned {
  plan?: Plan;
  faults: Faults;
  /** What was planned is not what the form holds any more. */
  asking: boolean;
}

const planOf = (project: string, job: JobBody, unstaged: number, signal: AbortSignal) =>
  call<Plan>("POST", paths.own(project, "jobs:plan"), {
    query: { unstaged: unstaged || undefined },
    body: job,
    signal,
  });

// The same machines and runtime, with stand-ins for what a person has not filled in yet.
function withStandIns(job: JobBody): JobBody {
  const { jobDir: _, args: __, ...input } = job.trainingInput ?? {};
  return {
    jobId: "plan",
    trainingInput: {
      ...input,
      packageUris: ["gs://not-chosen-yet/package.tar.gz"],
      pythonModule: "trainer.task",
    },
  };
}

async function planned(project: string, job: JobBody, signal: AbortSignal): Promise<Planned> {
  try {
    return { plan: await planOf(project, job, 0, signal), faults: {}, asking: false };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const faults = faultsOf(error);
    if (!planStands(faults)) return { faults, asking: false };
    try {
      return { plan: await planOf(project, withStandIns(job), 1, signal), faults, asking: false };
    } catch (second) {
      if (!(second instanceof ApiError)) throw second;
      return { faults: { ...faultsOf(second), ...faults }, asking: false };
    }
  }
}

/** Asks the engine a moment after each change; the plan before stays until the next is there. */
export function usePlan(project: string, draft: Draft): Planned {
  const [state, setState] = useState<Planned>({ faults: {}, asking: true });
  const job = JSON.stringify(jobOf(draft));
  const back = returns.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `back` asks again
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...before, asking: true }));
    const timer = setTimeout(() => {
      planned(project, JSON.parse(job) as JobBody, stop.signal).then(
        (next) => {
          if (!stop.signal.aborted) setState(next);
        },
        () => {}, // away: asked again when it is back
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [project, job, back]);
  return state;
}
