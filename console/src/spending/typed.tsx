import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Props {
  value: string;
  onValue: (value: string) => void;
  class?: string;
  title?: string;
  label?: string;
}

/** A field whose value holds a moment after the last key, so that half a word is not asked about. */
export function Typed({ value, onValue, class: kind = "", title, label }: Props): JSX.Element {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed counts
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onValue(typed), 350);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input
      class={`input ${kind}`}
      type="search"
      value={typed}
      title={title}
      aria-label={label}
      spellcheck={false}
      autocapitalize="none"
      onInput={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
