import type { JSX } from "preact";

/** The choices of a list whose values are names. */
export const Options = ({ names }: { names: readonly string[] }): JSX.Element => (
  <>
    {names.map((name) => (
      <option key={name} value={name}>
        {name}
      </option>
    ))}
  </>
);
