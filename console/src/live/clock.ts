import { signal } from "@preact/signals";

/** The time now (milliseconds since 1970), a second apart: what shows elapsed time reads it. */
export const now = signal(Date.now());

/** Starts the clock; the program's beginning calls it once. */
export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
}
