import { signal } from "@preact/signals";

/** The languages that the console speaks. */
export type Language = "en" | "ko";

const kept = "mlengine.language";

function chosenByBrowser(): Language {
  const saved = readKept();
  if (saved) return saved;
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("ko")) return "ko";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

function readKept(): Language | undefined {
  try {
    const saved = localStorage.getItem(kept);
    return saved === "en" || saved === "ko" ? saved : undefined;
  } catch {
    return undefined; // storage is off: the browser's choice holds for this visit
  }
}

/** The language in use; whatever reads it is drawn again when it changes. */
export const language = signal<Language>(chosenByBrowser());

export function setLanguage(next: Language): void {
  language.value = next;
  try {
    localStorage.setItem(kept, next);
  } catch {
    // not kept
  }
}
