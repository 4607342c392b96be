import { useCallback, useState } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { type Reasons, reasonTexts } from "~/i18n/reasons";
import { useLive } from "~/live/use_live";
import { isOver } from "~/ui/state_badge";

interface Explanation extends Reasons {
  state?: string;
  cause?: { sentence?: string; insertId?: string };
}

interface Detail {
  attempts?: { replicas?: { role?: string; index?: number }[] }[];
}

export interface JobFacts {
  state: string | undefined;
  /** Why the job is where it is. */
  sentences: readonly string[];
  /** The entry that shows the first failure. */
  failure: string | undefined;
  /** Whose lines there can be. */
  tasks: readonly string[];
}

/** What the viewer asks about the job of a log, until the job is over. */
export function useJobFacts(project: string, job: string): JobFacts {
  const [over, setOver] = useState(false);
  const load = useCallback(
    async (signal: AbortSignal) => {
      const [why, detail] = await Promise.all([
        get<Explanation>(paths.ownJob(project, job, "/explanation"), {}, signal),
        get<Detail>(paths.ownJob(project, job), {}, signal),
      ]);
      setOver(isOver(why.state));
      return { why, detail };
    },
    [project, job],
  );
  const { data } = useLive(load, over ? 0 : 5000);
  const replicas = (data?.detail.attempts ?? []).flatMap((attempt) => attempt.replicas ?? []);
  const tasks = replicas.map(({ role = "master", index = 0 }) => `${role}-replica-${index}`);
  return {
    state: data?.why.state,
    sentences: data ? reasonTexts(data.why) : [],
    failure: data?.why.cause?.insertId,
    tasks: [...new Set([...tasks, "service"])].sort(),
  };
}
