import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "~/ui/icons";
import { shortTask } from "./log_entry";
import { t } from "./messages";

interface ReplicaFilterProps {
  tasks: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses the replicas whose lines are shown; none chosen shows all. */
export function ReplicaFilter({ tasks, chosen, onChange }: ReplicaFilterProps): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  return (
    <details
      ref={menu}
      class="log-replicas"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
        menu.current?.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to && !menu.current?.contains(to)) close();
      }}
    >
      <summary class="button small" aria-label={t("replicas")}>
        {chosen.length === 0 ? t("allReplicas") : t("someReplicas", { n: chosen.length })}
        <Icon name="down" size={12} />
      </summary>
      <fieldset>
        <legend class="hidden-text">{t("replicas")}</legend>
        {[...new Set([...tasks, ...chosen])].sort().map((task) => (
          <label key={task} class="log-check" title={task}>
            <input
              type="checkbox"
              checked={chosen.includes(task)}
              onChange={(event) => {
                const rest = chosen.filter((one) => one !== task);
                onChange(event.currentTarget.checked ? [...rest, task].sort() : rest);
              }}
            />
            {shortTask(task)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
