import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export interface FieldAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

/** A label, a control, what helps to fill it and what is wrong with it. */
export function Field({
  label,
  hint,
  faults = [],
  children,
}: {
  label: string;
  hint?: ComponentChildren;
  faults?: readonly string[];
  children: (attributes: FieldAttributes) => JSX.Element;
}): JSX.Element {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", faults.length > 0 ? `${id}-fault` : ""].filter(Boolean);
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": described.join(" ") || undefined,
        "aria-invalid": faults.length > 0 ? "true" : undefined,
      })}
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      <FaultLines id={`${id}-fault`} faults={faults} />
    </div>
  );
}

/** Sentences of what is wrong; a screen reader hears them when they come. */
export function FaultLines({ id, faults }: { id?: string; faults: readonly string[] }): JSX.Element {
  return (
    <div class="fault" id={id} aria-live="polite">
      {faults.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
    </div>
  );
}

/** What every part of the form gets. */
export interface PartProps<Held> {
  draft: Held;
  change: (next: (draft: Held) => Held) => void;
  /** What is wrong at a place of the form. */
  at: (place: string) => string[];
}
