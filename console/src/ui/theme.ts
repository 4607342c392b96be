import { effect, signal } from "@preact/signals";
import { keep, readKept } from "./kept";

/** Light, dark, or as the browser is set. */
export type Theme = "auto" | "light" | "dark";

const kept = "mlengine.theme";

export const theme = signal<Theme>("auto");
/** What is shown: charts ask for their colours again when it changes. */
export const shownTheme = signal<"light" | "dark">("light");

/** Applies the theme, and follows the browser's; the program's beginning calls it once. */
export function startTheme(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const saved = readKept(kept);
  theme.value = saved === "light" || saved === "dark" ? saved : "auto";
  const browser = signal(dark.matches);
  dark.addEventListener("change", (event) => {
    browser.value = event.matches;
  });
  effect(() => {
    const shown = theme.value === "auto" ? (browser.value ? "dark" : "light") : theme.value;
    document.documentElement.dataset.theme = shown;
    shownTheme.value = shown;
  });
}

export function setTheme(next: Theme): void {
  theme.value = next;
  keep(kept, next);
}
