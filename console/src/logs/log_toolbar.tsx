import type { JSX, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { Icon } from "~/ui/icons";
import { downloadAddress, type LogAddress } from "./log_door";
import { type LogFilter, severities } from "./log_entry";
import type { LogModel, Side } from "./log_model";
import { t } from "./messages";
import { ReplicaFilter } from "./replica_filter";

interface LogToolbarProps {
  log: LogAddress;
  model: LogModel;
  filter: LogFilter;
  onFilter: (change: Partial<LogFilter>) => void;
  search: RefObject<HTMLInputElement>;
  wanted: string;
  onWanted: (text: string) => void;
  /** Only lines with the text are shown. */
  only: boolean;
  onOnly: (only: boolean) => void;
  onFind: (side: Side) => void;
  tasks: readonly string[];
  wrap: boolean;
  onWrap: (wrap: boolean) => void;
  failure: string | undefined;
  onFailure: () => void;
}

export function LogToolbar(props: LogToolbarProps): JSX.Element {
  const { log, model, filter, onFilter } = props;
  void model.version.value;
  const [more, setMore] = useState(false);
  const time = useRef<HTMLInputElement>(null);
  const goToTime = () => {
    const date = new Date(time.current?.value ?? "");
    if (Number.isNaN(date.getTime())) return;
    model.pause();
    void model.open({ time: date.toISOString() });
  };
  const fresh = model.ended || model.following ? 0 : model.unseen;
  return (
    <div class={more ? "log-tools open" : "log-tools"} role="group" aria-label={t("tools")}>
      <form
        class="log-search"
        role="search"
        aria-label={t("find")}
        onSubmit={(event) => {
          event.preventDefault();
          props.onFind("after");
        }}
      >
        <Icon name="search" size={14} />
        <input
          ref={props.search}
          class="input"
          type="search"
          placeholder={t("findHint")}
          aria-label={t("find")}
          value={props.wanted}
          onInput={(event) => props.onWanted(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && event.shiftKey) {
              event.preventDefault();
              props.onFind("before");
            }
          }}
        />
        <button
          type="button"
          class="button small plain"
          aria-label={t("previousMatch")}
          title={t("previousMatch")}
          disabled={!props.wanted}
          onClick={() => props.onFind("before")}
        >
          <Icon name="up" size={14} />
        </button>
        <button
          type="submit"
          class="button small plain"
          aria-label={t("nextMatch")}
          title={t("nextMatch")}
          disabled={!props.wanted}
        >
          <Icon name="down" size={14} />
        </button>
      </form>
      <label class="log-check">
        <input
          type="checkbox"
          checked={props.only}
          onChange={(event) => props.onOnly(event.currentTarget.checked)}
        />
        {t("only")}
      </label>
      <button
        type="button"
        class="button small log-filters"
        aria-expanded={more}
        onClick={() => setMore(!more)}
      >
        {t("filters")}
      </button>
      <div class="log-second">
        <select
          class="select"
          aria-label={t("least")}
          value={filter.severity}
          onChange={(event) => onFilter({ severity: event.currentTarget.value })}
        >
          <option value="">{t("anySeverity")}</option>
          {severities.slice(1).map((name) => (
            <option key={name} value={name}>
              {t("atLeast", { severity: name })}
            </option>
          ))}
        </select>
        <ReplicaFilter tasks={props.tasks} chosen={filter.tasks} onChange={(tasks) => onFilter({ tasks })} />
        <form
          class="log-time-jump"
          onSubmit={(event) => {
            event.preventDefault();
            goToTime();
          }}
        >
          <input
            ref={time}
            class="input"
            type="datetime-local"
            step="1"
            aria-label={t("time")}
            title={t("time")}
          />
          <button type="submit" class="button small">
            {t("go")}
          </button>
        </form>
        <button
          type="button"
          class="button small"
          aria-pressed={props.wrap}
          onClick={() => props.onWrap(!props.wrap)}
        >
          {t("wrap")}
        </button>
        <a
          class="button small"
          href={downloadAddress(log, "text", filter.tasks)}
          download
          title={t("downloadText")}
        >
          <Icon name="download" size={14} />
          {t("download")}
        </a>
        <a
          class="button small plain"
          href={downloadAddress(log, "jsonl", filter.tasks)}
          download
          title={t("downloadJson")}
          aria-label={t("downloadJson")}
        >
          JSON
        </a>
      </div>
      <span class="spread" />
      {props.failure ? (
        <button type="button" class="button small danger" onClick={props.onFailure}>
          <Icon name="warning" size={14} />
          {t("failure")}
        </button>
      ) : null}
      <button
        type="button"
        class={model.following || model.ended ? "button small log-follow" : "button small primary log-follow"}
        aria-keyshortcuts="f"
        title={model.ended ? t("completeHint") : t("followHint")}
        onClick={() => (model.following ? model.pause() : model.follow())}
      >
        <Icon name={model.following ? "pause" : "down"} size={14} />
        {model.ended
          ? t("jumpEnd")
          : model.following
            ? t("pause")
            : fresh > 0
              ? t("newLines", { n: fresh })
              : t("follow")}
      </button>
    </div>
  );
}
