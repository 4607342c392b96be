import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Icon } from "~/ui/icons";
import { byTask, shortTask } from "./log_entry";
import { t } from "./messages";

interface ReplicaFilterProps {
  tasks: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

// A longer list is looked through by a word.
const inSight = 12;

/** Chooses the replicas whose lines are shown; none chosen shows all. */
export function ReplicaFilter({ tasks, chosen, onChange }: ReplicaFilterProps): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const [part, setPart] = useState("");
  const all = [...new Set([...tasks, ...chosen])].sort(byTask);
  const found = part ? all.filter((task) => shortTask(task).includes(part.trim().toLowerCase())) : all;
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
        {all.length > inSight ? (
          <input
            class="input"
            type="search"
            placeholder={t("findReplica")}
            aria-label={t("findReplica")}
            value={part}
            onInput={(event) => setPart(event.currentTarget.value)}
          />
        ) : null}
        {found.map((task) => (
          <label key={task} class="log-check" title={task}>
            <input
              type="checkbox"
              checked={chosen.includes(task)}
              onChange={(event) => {
                const rest = chosen.filter((one) => one !== task);
                onChange(event.currentTarget.checked ? [...rest, task].sort(byTask) : rest);
              }}
            />
            {shortTask(task)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
