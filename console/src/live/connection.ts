import { signal } from "@preact/signals";

/** Since when the engine does not answer (milliseconds since 1970); undefined while it does. */
export const goneSince = signal<number | undefined>(undefined);

/** Grows each time the engine is back: who shows something of it asks again. */
export const returns = signal(0);

let asking = false;

export function noteAnswer(): void {
  if (goneSince.value === undefined) return;
  goneSince.value = undefined;
  returns.value += 1;
}

export function noteSilence(): void {
  goneSince.value ??= Date.now();
  if (!asking) void askUntilBack();
}

async function askUntilBack(): Promise<void> {
  asking = true;
  while (goneSince.value !== undefined) {
    await new Promise((done) => setTimeout(done, 500));
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      if (answer.ok) noteAnswer();
    } catch {
      // not yet
    }
  }
  asking = false;
}

/** Looks every few seconds whether the engine is there, for pages that ask nothing; the program's beginning calls it once. */
export function startHeartbeat(everyMs = 4000): void {
  setInterval(() => {
    if (document.hidden || asking) return;
    fetch("/healthz", { cache: "no-store" }).then(noteAnswer, noteSilence);
  }, everyMs);
}
