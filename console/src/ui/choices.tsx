import type { JSX } from "preact";

interface Props<T> {
  all: readonly T[];
  chosen: T;
  nameOf?: (one: T) => string;
  onChoose: (one: T) => void;
}

/** Small buttons in a row, of which one is chosen. */
export function Choices<T extends string | boolean>(props: Props<T>): JSX.Element {
  const { all, chosen, nameOf = String, onChoose } = props;
  return (
    <>
      {all.map((one) => (
        <button
          key={String(one)}
          type="button"
          class="button small"
          aria-pressed={one === chosen}
          onClick={() => onChoose(one)}
        >
          {nameOf(one)}
        </button>
      ))}
    </>
  );
}
