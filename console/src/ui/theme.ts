import { effect, signal } from "@preact/signals";

/** Light, dark, or as the browser is set. */
export type Theme = "auto" | "light" | "dark";

const kept = "mlengine.theme";

function readKept(): Theme {
  try {
    const saved = localStorage.getItem(kept);
    return saved === "light" || saved === "dark" ? saved : "auto";
  } catch {
    return "auto";
  }
}

export const theme = signal<Theme>("auto");
/** What is shown: charts ask for their colours again when it changes. */
export const shownTheme = signal<"light" | "dark">("light");

/** Applies the theme, and follows the browser's; the program's beginning calls it once. */
export function startTheme(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  theme.value = readKept();
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
  try {
    localStorage.setItem(kept, next);
  } catch {
    // not kept
  }
}
