import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatCount } from "~/i18n/format";
import { word } from "~/i18n/words";
import { CopyButton } from "~/ui/copy_button";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { useMedia } from "~/ui/use_media";
import { useProject, useQuery } from "~/ui/use_query";
import { cancelJobs } from "./cancel_jobs";
import { JobGrid } from "./job_grid";
import { type Group, groups } from "./job_row";
import "./jobs.css";
import { useTyped } from "~/ui/use_typed";
import { t } from "./messages";
import { useJobTable } from "./use_job_table";

const command =
  "mlengine jobs submit training JOB --module-name trainer.task --package-path trainer/ " +
  "--job-dir gs://BUCKET/JOB --region us-central1";

/** The live list of a project's jobs. Everything that chooses what is shown is in the address. */
export function JobsPage(): JSX.Element {
  const project = useProject();
  const [query, change] = useQuery();
  const chosen = query.getAll("group").filter((word): word is Group => groups.includes(word as Group));
  const orderBy = query.get("sort") ?? "createTime desc";
  const [search, setSearch] = useTyped(query.get("q") ?? "", (q) => change({ q }));
  const [filter, setFilter] = useTyped(query.get("filter") ?? "", (filter) => change({ filter }));
  const table = useJobTable({
    project,
    filter: query.get("filter") ?? "",
    search: query.get("q") ?? "",
    groups: chosen,
    orderBy,
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cancelling, setCancelling] = useState(false);
  const phone = useMedia("(max-width: 760px)");
  const searchBox = useRef<HTMLInputElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another project has other jobs
  useEffect(() => setSelected(new Set()), [project]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      searchBox.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const select = (job: string, on: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      if (on) after.add(job);
      else after.delete(job);
      return after;
    });
  };
  const cancelSelected = async () => {
    const refused = await cancelJobs(project, [...selected]);
    const done = selected.size - refused.length;
    if (done > 0) toast(t("cancelled", { n: done }));
    if (refused[0]) toast(t("cancelFailed", { n: refused.length, why: refused[0] }), true);
    setSelected(new Set());
  };
  const narrowed = chosen.length > 0 || query.get("q") || query.get("filter");
  return (
    <div class="jobs-page">
      <div class="page-head">
        <h1>{t("title")}</h1>
        <Link class="button primary" href={pages.submit(project)}>
          <Icon name="plus" />
          {t("submit")}
        </Link>
      </div>
      <Counts counts={table.counts} chosen={chosen} onChoose={(group) => change({ group })} />
      <div class="jobs-tools">
        <input
          ref={searchBox}
          class="input"
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <input
          class="input mono"
          type="search"
          aria-label={t("filterName")}
          placeholder={t("filter")}
          spellcheck={false}
          aria-invalid={table.error ? "true" : undefined}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <ErrorNotice error={table.error} />
      {selected.size > 0 ? (
        <div class="row selection" role="status">
          <strong>{t("selected", { n: selected.size })}</strong>
          <button type="button" class="button danger small" onClick={() => setCancelling(true)}>
            {t("cancelSelected", { n: selected.size })}
          </button>
          <button type="button" class="button small" onClick={() => setSelected(new Set())}>
            {t("clear")}
          </button>
        </div>
      ) : null}
      {table.loaded && table.total === 0 ? (
        narrowed ? (
          <Empty title={t("noMatch")}>
            <p>{t("noMatchHint")}</p>
            <p>
              <Link href={pages.jobs(project)}>{t("showAll")}</Link>
            </p>
          </Empty>
        ) : (
          <Empty title={t("noJobs")}>
            <p>{t("noJobsHint")}</p>
            <pre class="example">{command}</pre>
            <CopyButton text={command} label={word("copy")} />
          </Empty>
        )
      ) : table.loaded || table.error ? (
        <JobGrid
          key={`${project} ${orderBy} ${query.getAll("group")} ${query.get("q")} ${query.get("filter")}`}
          project={project}
          table={table}
          orderBy={orderBy}
          onOrder={(sort) => change({ sort })}
          selected={selected}
          onSelect={select}
          rowHeight={phone ? 64 : 38}
        />
      ) : (
        <Loading />
      )}
      {cancelling ? (
        <Dialog
          title={t("cancelTitle", { n: selected.size })}
          action={t("cancelSelected", { n: selected.size })}
          danger
          onAction={cancelSelected}
          onClose={() => setCancelling(false)}
        >
          <p>{t("cancelText")}</p>
          <ul class="cancel-list">
            {[...selected].slice(0, 8).map((job) => (
              <li key={job}>
                <code>{job}</code>
              </li>
            ))}
            {selected.size > 8 ? <li>…</li> : null}
          </ul>
        </Dialog>
      ) : null}
    </div>
  );
}

interface CountsProps {
  counts: Record<Group, number> | undefined;
  chosen: readonly Group[];
  onChoose: (groups: Group[]) => void;
}

/** How many jobs there are in each state; choosing some shows only those. */
function Counts({ counts, chosen, onChoose }: CountsProps): JSX.Element {
  const all = counts ? Object.values(counts).reduce((sum, n) => sum + n, 0) : undefined;
  const show = (n: number | undefined) => (n === undefined ? "–" : formatCount(n));
  return (
    <fieldset class="counts">
      <legend class="hidden-text">{t("groups")}</legend>
      <button type="button" aria-pressed={chosen.length === 0} onClick={() => onChoose([])}>
        <span class="many">{show(all)}</span>
        <span>{t("all")}</span>
      </button>
      {groups.map((group) => (
        <button
          key={group}
          type="button"
          class={group}
          aria-pressed={chosen.includes(group)}
          onClick={() =>
            onChoose(chosen.includes(group) ? chosen.filter((one) => one !== group) : [...chosen, group])
          }
        >
          <span class="many">{show(counts?.[group])}</span>
          <span>{t(group)}</span>
        </button>
      ))}
    </fieldset>
  );
}
