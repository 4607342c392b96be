import type { Draft } from "./draft";

const name = (project: string) => `mlengine.submit.${project}`;

/** The draft that this tab has for a project, when it was filled from the same job (or from none). */
export function keptDraft(project: string, from: string): Draft | undefined {
  try {
    const draft = JSON.parse(sessionStorage.getItem(name(project)) ?? "null") as Draft | null;
    return draft?.from === from && typeof draft.roles === "object" ? draft : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(project: string, draft: Draft): void {
  try {
    sessionStorage.setItem(name(project), JSON.stringify(draft));
  } catch {
    // not kept
  }
}

export function dropDraft(project: string): void {
  try {
    sessionStorage.removeItem(name(project));
  } catch {
    // nothing was kept
  }
}
