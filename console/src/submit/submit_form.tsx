import type { JSX } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { call, EngineGone } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { toast } from "~/ui/toasts";
import { useCatalog } from "./catalog";
import { CommandCard } from "./command_card";
import { type Draft, jobOf } from "./draft";
import { dropDraft, keepDraft } from "./draft_store";
import { EnvironmentPart } from "./environment_part";
import { type Faults, faultsOf, isBlank } from "./faults";
import { IdentityPart } from "./identity_part";
import { MachinesPart } from "./machines_part";
import { t } from "./messages";
import { PackagePart } from "./package_part";
import { PlanCard } from "./plan_card";
import { ProgramPart } from "./program_part";
import { usePlan } from "./use_plan";

/** The form and, beside it, what would become of it. */
export function SubmitForm({ project, first }: { project: string; first: Draft }): JSX.Element {
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState(first);
  const [modules, setModules] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Faults>({});
  const [message, setMessage] = useState("");
  const form = useRef<HTMLDivElement>(null);
  // One key for one job: pressing again after no answer makes no second one.
  const attempt = useRef({ body: "", key: "" });
  const catalog = useCatalog(project, draft.region);
  const planned = usePlan(project, draft);

  const change = useCallback((next: (draft: Draft) => Draft) => {
    setDraft(next);
    setRefused({});
    setMessage("");
  }, []);
  // With the change itself, not after the next paint: the page may be left before that.
  useLayoutEffect(() => keepDraft(project, draft), [project, draft]);

  // What is missing is said once somebody tried to submit; what is wrong, at once.
  const at = (place: string): string[] => {
    if (!tried && isBlank(draft, place)) return [];
    return [...new Set([...(refused[place] ?? []), ...(planned.faults[place] ?? [])])];
  };

  const submit = async () => {
    setTried(true);
    const body = jobOf(draft);
    const text = JSON.stringify(body);
    if (attempt.current.body !== text) attempt.current = { body: text, key: crypto.randomUUID() };
    setBusy(true);
    setMessage("");
    try {
      await call("POST", paths.jobs(project), {
        body,
        headers: { "Idempotency-Key": attempt.current.key },
      });
      dropDraft(project);
      toast(t("submitted", { job: body.jobId ?? "" }));
      navigate(pages.job(project, body.jobId ?? ""));
    } catch (error) {
      setBusy(false);
      setMessage(error instanceof EngineGone ? t("noAnswer") : t("fixFirst"));
      setRefused(faultsOf(error));
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus({ preventScroll: false }),
      );
    }
  };

  const parts = { draft, change, at };
  return (
    <div class="submit" ref={form}>
      <div class="stack">
        {draft.from ? <p class="notice">{t("fromHint", { job: draft.from })}</p> : null}
        <IdentityPart {...parts} />
        <PackagePart {...parts} project={project} onModules={setModules} />
        <ProgramPart {...parts} modules={modules} />
        <MachinesPart {...parts} catalog={catalog} />
        <EnvironmentPart {...parts} catalog={catalog} />
      </div>
      <div class="submit-side stack">
        <PlanCard planned={planned} />
        {message || at("").length > 0 ? (
          <div class="notice bad" role="alert">
            <span>{message}</span>
            {at("").map((fault) => (
              <span key={fault}>{fault}</span>
            ))}
          </div>
        ) : null}
        <button type="button" class="button primary submit-go" disabled={busy} onClick={() => void submit()}>
          {busy ? t("submitting") : t("submit")}
        </button>
        <CommandCard draft={draft} project={project} />
      </div>
    </div>
  );
}
