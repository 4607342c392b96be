import type { JSX } from "preact";
import { useCallback, useId, useState } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { ErrorNotice, Loading } from "~/ui/notices";
import { stateName } from "~/ui/state_badge";
import { useQuery } from "~/ui/use_query";
import { getEstimate } from "./doors";
import { EstimateView } from "./estimate_view";
import { t } from "./messages";

interface Found {
  jobs: { jobId: string; state: string; scaleTier?: string }[];
}

const mostFound = 20;

/** What a past job's training would take and cost on each tier. The job and the steps stand in the address. */
export function AdvisorCard({ project }: { project: string }): JSX.Element {
  const [query, change] = useQuery();
  const asked = query.get("job") ?? "";
  const askedSteps = query.get("steps") ?? "";
  const [typed, setTyped] = useState(asked);
  const [steps, setSteps] = useState(askedSteps);
  const names = useId();
  const find = useCallback(
    (signal: AbortSignal) =>
      get<Found>(paths.own(project, "jobs:table"), { search: typed, limit: mostFound }, signal),
    [project, typed],
  );
  const { data: found } = useLive(find, 0);
  return (
    <section class="card stack" aria-labelledby="advisor-title">
      <div class="card-head">
        <h2 id="advisor-title">{t("advisor")}</h2>
      </div>
      <p class="quiet">{t("advisorHint")}</p>
      <form
        class="advisor-form"
        onSubmit={(event) => {
          event.preventDefault();
          change({ job: typed.trim(), steps: steps.trim() });
        }}
      >
        <label class="field">
          <span class="label">{t("pastJob")}</span>
          <input
            class="input"
            list={names}
            value={typed}
            spellcheck={false}
            autocapitalize="none"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <span class="hint">{t("pastJobHint")}</span>
        </label>
        <datalist id={names}>
          {(found?.jobs ?? []).map((job) => (
            <option key={job.jobId} value={job.jobId}>
              {`${stateName(job.state)} ${job.scaleTier ?? ""}`}
            </option>
          ))}
        </datalist>
        <label class="field">
          <span class="label">{t("steps")}</span>
          <input
            class="input"
            inputMode="numeric"
            value={steps}
            onInput={(event) => setSteps(event.currentTarget.value)}
          />
          <span class="hint">{t("stepsHint")}</span>
        </label>
        <button type="submit" class="button primary" disabled={typed.trim() === ""}>
          {t("estimate")}
        </button>
      </form>
      {asked ? <Answer project={project} job={asked} steps={askedSteps} /> : null}
    </section>
  );
}

function Answer({ project, job, steps }: { project: string; job: string; steps: string }): JSX.Element {
  const load = useCallback(
    (signal: AbortSignal) => getEstimate(project, job, steps, signal),
    [project, job, steps],
  );
  const { data, error, refresh } = useLive(load, 0);
  return (
    <div class="estimate" aria-live="polite">
      <ErrorNotice error={error} onRetry={refresh} />
      {!data && !error ? <Loading /> : null}
      {data ? <EstimateView estimate={data} /> : null}
    </div>
  );
}
