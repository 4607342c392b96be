import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { get } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { Dialog } from "~/ui/dialog";
import { Options } from "~/ui/options";
import { useProject } from "~/ui/use_query";
import { t } from "./messages";

interface Projects {
  projects: { project: string; jobs: number }[];
}

/** Chooses the project that the pages are about; going to another leads to its jobs. */
export function ProjectPicker(): JSX.Element {
  const project = useProject();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const load = useCallback((signal: AbortSignal) => get<Projects>(paths.engine("projects"), {}, signal), []);
  const { data } = useLive(load, 30_000);
  const names = new Set([project, ...(data?.projects ?? []).map((one) => one.project)]);
  return (
    <>
      <label class="project">
        <span class="quiet">{t("project")}</span>
        <select
          class="select"
          aria-label={t("project")}
          value={project}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            if (chosen) return navigate(pages.jobs(chosen));
            event.currentTarget.value = project;
            setAsking(true);
          }}
        >
          <Options names={[...names].sort()} />
          <option value="">{t("otherProject")}</option>
        </select>
      </label>
      {asking ? (
        <Dialog
          title={t("otherProject")}
          action={t("open")}
          onAction={() => {
            if (typed.trim()) navigate(pages.jobs(typed.trim()));
          }}
          onClose={() => setAsking(false)}
        >
          <label class="field">
            <span class="label">{t("otherProjectName")}</span>
            <input class="input" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        </Dialog>
      ) : null}
    </>
  );
}
