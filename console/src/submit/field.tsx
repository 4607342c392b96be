import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export interface FieldAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

interface Told {
  label: string;
  hint?: ComponentChildren;
  faults?: readonly string[];
}

/** A label, a control, what helps to fill it and what is wrong with it. */
export function Field({
  label,
  hint,
  faults = [],
  children,
}: Told & { children: (attributes: FieldAttributes) => JSX.Element }): JSX.Element {
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

type TextProps = Told & JSX.InputHTMLAttributes<HTMLInputElement> & { onValue: (text: string) => void };

/** A field of a line of text. */
export const TextField = ({ label, hint, faults, onValue, ...more }: TextProps): JSX.Element => (
  <Field label={label} hint={hint} faults={faults}>
    {(attributes) => (
      <input
        class="input"
        {...attributes}
        {...more}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    )}
  </Field>
);

interface SelectProps extends Told {
  value: string;
  onValue: (value: string) => void;
  /** The options. */
  children: ComponentChildren;
}

/** A field of a list to choose from. */
export const SelectField = ({ value, onValue, children, ...told }: SelectProps): JSX.Element => (
  <Field {...told}>
    {(attributes) => (
      <select
        {...attributes}
        class="select"
        value={value}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {children}
      </select>
    )}
  </Field>
);

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
