import type { JSX } from "preact";
import { useTyped } from "~/ui/use_typed";

interface Props {
  value: string;
  onValue: (value: string) => void;
  label: string;
  class?: string;
  placeholder?: string;
}

/** A field whose value holds a moment after the last key, so that half a word is not asked about. */
export function Typed({ value, onValue, label, class: kind = "", placeholder }: Props): JSX.Element {
  const [typed, type] = useTyped(value, onValue, 350);
  return (
    <input
      class={`input ${kind}`}
      type="search"
      value={typed}
      aria-label={label}
      placeholder={placeholder}
      spellcheck={false}
      autocapitalize="none"
      onInput={(event) => type(event.currentTarget.value)}
    />
  );
}
