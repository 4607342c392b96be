import { signal } from "@preact/signals";
import { keep, readKept } from "~/ui/kept";

/** The languages that the console speaks. */
export type Language = "en" | "ko";

const kept = "mlengine.language";

function chosenByBrowser(): Language {
  const saved = readKept(kept);
  if (saved === "en" || saved === "ko") return saved;
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("ko")) return "ko";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

/** The language in use; whatever reads it is drawn again when it changes. */
export const language = signal<Language>(chosenByBrowser());

export function setLanguage(next: Language): void {
  language.value = next;
  keep(kept, next);
}
