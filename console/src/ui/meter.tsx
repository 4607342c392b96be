import type { JSX } from "preact";

/** A bar that is full to `value` of `most`; its words are beside it, so a reader hears them from `label`. */
export function Meter({
  value,
  most,
  label,
  tone = "",
}: {
  value: number;
  most: number;
  label: string;
  tone?: "" | "warn" | "bad";
}): JSX.Element {
  const percent = most > 0 ? Math.min(100, Math.max(0, (100 * value) / most)) : 0;
  return (
    <div
      class={`bar ${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
