import type { JSX } from "preact";
import { useCallback, useId, useState } from "preact/hooks";
import type { JobJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { Icon } from "~/ui/icons";
import { t } from "./chart_messages";
import type { CurveSettings } from "./curve_settings";
import type { Axis } from "./curves";

interface ChoiceProps {
  label: string;
  all: string[];
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

function Choice({ label, all, chosen, onChange }: ChoiceProps): JSX.Element {
  return (
    <div class="row choice" role="group" aria-label={label}>
      <span class="choice-label">{label}</span>
      {all.map((one) => {
        const on = chosen.includes(one);
        return (
          <button
            key={one}
            type="button"
            class="button small"
            aria-pressed={on}
            onClick={() => onChange(on ? chosen.filter((other) => other !== one) : [...chosen, one])}
          >
            {one}
          </button>
        );
      })}
    </div>
  );
}

interface CompareProps {
  project: string;
  job: string;
  compare: string[];
  onChange: (compare: string[]) => void;
}

function Compare({ project, job, compare, onChange }: CompareProps): JSX.Element {
  const [text, setText] = useState("");
  const list = useId();
  const load = useCallback(
    (signal: AbortSignal) => get<{ jobs?: JobJson[] }>(paths.jobs(project), { pageSize: 50 }, signal),
    [project],
  );
  const { data } = useLive(load, 0);
  const add = (event: Event) => {
    event.preventDefault();
    const other = text.trim();
    if (other && other !== job && !compare.includes(other)) onChange([...compare, other]);
    setText("");
  };
  return (
    <form class="row" onSubmit={add}>
      <label class="row">
        <span class="choice-label">{t("compare")}</span>
        <input
          class="input compare-input"
          list={list}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <datalist id={list}>
        {(data?.jobs ?? [])
          .filter((one) => one.jobId !== job)
          .map((one) => (
            <option key={one.jobId} value={one.jobId} />
          ))}
      </datalist>
      <button type="submit" class="button small">
        {t("addCompare")}
      </button>
      {compare.map((other) => (
        <span key={other} class="chip">
          {other}
          <button
            type="button"
            class="button plain small"
            aria-label={t("removeCompare", { job: other })}
            onClick={() => onChange(compare.filter((one) => one !== other))}
          >
            <Icon name="cross" size={12} />
          </button>
        </span>
      ))}
    </form>
  );
}

interface ControlsProps {
  project: string;
  job: string;
  settings: CurveSettings;
  tags: string[];
  runs: string[];
  chosenTags: string[];
  chosenRuns: string[];
  onChange: (change: Partial<CurveSettings>) => void;
}

const axes: Axis[] = ["step", "time", "elapsed"];

/** Which curves are drawn, and how. */
export function CurveControls(props: ControlsProps): JSX.Element {
  const { settings, onChange } = props;
  return (
    <section class="card curve-controls">
      <div class="row wide">
        <label class="row">
          <span class="choice-label">{t("axis")}</span>
          <select
            class="select narrow"
            value={settings.axis}
            onChange={(event) => onChange({ axis: event.currentTarget.value as Axis })}
          >
            {axes.map((axis) => (
              <option key={axis} value={axis}>
                {t(axis)}
              </option>
            ))}
          </select>
        </label>
        <label class="row">
          <input
            type="checkbox"
            checked={settings.log}
            onChange={(event) => onChange({ log: event.currentTarget.checked })}
          />
          {t("log")}
        </label>
        <label class="row">
          <span class="choice-label">{t("smoothing")}</span>
          <input
            type="range"
            min="0"
            max="0.99"
            step="0.01"
            value={settings.smoothing}
            onInput={(event) => onChange({ smoothing: Number(event.currentTarget.value) })}
          />
          <output class="smoothing">{settings.smoothing.toFixed(2)}</output>
        </label>
        <Compare
          project={props.project}
          job={props.job}
          compare={settings.compare}
          onChange={(compare) => onChange({ compare })}
        />
      </div>
      <Choice
        label={t("tags")}
        all={props.tags}
        chosen={props.chosenTags}
        onChange={(tags) => onChange({ tags })}
      />
      {props.runs.length > 1 ? (
        <Choice
          label={t("runs")}
          all={props.runs}
          chosen={props.chosenRuns}
          onChange={(runs) => onChange({ runs })}
        />
      ) : null}
    </section>
  );
}
