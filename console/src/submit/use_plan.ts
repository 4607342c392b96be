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
function withStandIns(job: JobBody, jobId: string): JobBody {
  const { jobDir: _, args: __, ...input } = job.trainingInput ?? {};
  return {
    jobId,
    trainingInput: {
      ...input,
      packageUris: ["gs://not-chosen-yet/package.tar.gz"],
      pythonModule: "trainer.task",
    },
  };
}

// The job as it is; where that fails for what decides nothing of the plan, with stand-ins. The second keeps the id, since the
// engine looks whether it is taken only when nothing else is wrong.
async function planned(project: string, job: JobBody, signal: AbortSignal): Promise<Planned> {
  const tries: [JobBody, number][] = [
    [job, 0],
    [withStandIns(job, job.jobId || "plan"), 1],
    [withStandIns(job, "plan"), 1],
  ];
  let faults: Faults = {};
  for (const [body, unstaged] of tries) {
    try {
      return { plan: await planOf(project, body, unstaged, signal), faults, asking: false };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const found = faultsOf(error);
      faults = { ...found, ...faults };
      if (!planStands(found)) break;
    }
  }
  return { faults, asking: false };
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
