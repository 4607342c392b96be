import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { call } from "~/api/http";
import { paths } from "~/api/resources";
import { ErrorNotice, Loading } from "~/ui/notices";
import { useProject, useQuery } from "~/ui/use_query";
import { type Draft, draftFrom, emptyDraft, type JobBody } from "./draft";
import { dropDraft, keptDraft } from "./draft_store";
import { t } from "./messages";
import { SubmitForm } from "./submit_form";
import { freeIdAfter, isTaken, timedId } from "./suggest_id";
import "./submit.css";

/** /ui/submit: a training job from the browser; ?from=J fills the form from a job. */
export function SubmitPage(): JSX.Element {
  const project = useProject();
  const [query] = useQuery();
  const [, navigate] = useLocation();
  const from = query.get("from") ?? "";
  const [draft, setDraft] = useState<Draft>();
  const [fault, setFault] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const latest = useRef(0);

  const begin = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    setDraft(undefined);
    setFault(undefined);
    try {
      const first = keptDraft(project, from) ?? (await freshDraft(project, from));
      if (mine !== latest.current) return;
      setDraft(first);
      setTurn((n) => n + 1);
    } catch (error) {
      if (mine === latest.current) setFault(error);
    }
  }, [project, from]);
  useEffect(() => {
    void begin();
  }, [begin]);

  const startOver = () => {
    dropDraft(project);
    void begin();
  };
  return (
    <>
      <div class="page-head">
        <h1>{from ? t("titleFrom", { job: from }) : t("title")}</h1>
        {draft ? (
          <button type="button" class="button" onClick={startOver}>
            {t("startOver")}
          </button>
        ) : null}
      </div>
      {fault ? (
        <div class="stack">
          <ErrorNotice error={fault} onRetry={() => void begin()} />
          {from ? (
            <div>
              <button
                type="button"
                class="button"
                onClick={() => navigate(`/submit?project=${encodeURIComponent(project)}`)}
              >
                {t("beginEmpty")}
              </button>
            </div>
          ) : null}
        </div>
      ) : null}
      {draft ? <SubmitForm key={turn} project={project} first={draft} /> : fault ? null : <Loading />}
    </>
  );
}

async function freshDraft(project: string, from: string): Promise<Draft> {
  if (!from) return emptyDraft(timedId(new Date()));
  const job = await call<JobBody>("GET", paths.job(project, from));
  return draftFrom(job, await freeIdAfter(from, (id) => isTaken(project, id)));
}
