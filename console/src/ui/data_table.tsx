import type { ComponentChildren, JSX } from "preact";

/** What stands over a column; a name alone is enough. */
export type Column = string | { name: ComponentChildren; class?: string; title?: string };

/** Columns of figures, so named. */
export const numbers = (...names: string[]): Column[] => names.map((name) => ({ name, class: "number" }));

/** The names of a table's columns. */
export const TableHead = ({ columns }: { columns: readonly Column[] }): JSX.Element => (
  <thead>
    <tr>
      {columns.map((column, n) => {
        const { name, ...more } = typeof column === "string" ? { name: column } : column;
        return (
          <th key={n} scope="col" {...more}>
            {name}
          </th>
        );
      })}
    </tr>
  </thead>
);

interface Props {
  "aria-label"?: string;
  "aria-labelledby"?: string;
  /** Of the table, when it is more than "table". */
  class?: string;
  caption?: string;
  columns: readonly Column[];
  /** The bodies. */
  children: ComponentChildren;
}

/** A table that is moved sideways, by keys too, where it has no room. */
export function DataTable({
  class: names = "table",
  caption,
  columns,
  children,
  ...more
}: Props): JSX.Element {
  return (
    <div class="scroll-x" role="group" tabIndex={0} {...more}>
      <table class={names}>
        {caption ? <caption>{caption}</caption> : null}
        <TableHead columns={columns} />
        {children}
      </table>
    </div>
  );
}
