import type { JSX } from "preact";
import { word } from "~/i18n/words";
import { Icon } from "./icons";
import { toast } from "./toasts";

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(word("copied"));
  } catch (error) {
    toast(String(error), true);
  }
}

/** Copies a text; `label` says which. */
export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    <button type="button" class="button small" onClick={() => void copyText(text)}>
      <Icon name="copy" size={14} />
      {label}
    </button>
  );
}
