import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { formatCount } from "~/i18n/format";
import { TableHead } from "~/ui/data_table";
import { t } from "../messages";
import { visibleText } from "./bytes";
import { commaOf, isNumeric, parseCsv } from "./csv";

const step = 500;

interface Props {
  text: string;
  /** All of the object is there. */
  whole: boolean;
  label: string;
  busy: boolean;
  /** Reads more of the object. */
  onMore?: () => void;
}

/** Values with commas between them as a table, whose first row is its head. */
export function CsvTable({ text, whole, label, busy, onMore }: Props): JSX.Element {
  const [most, setMost] = useState(step);
  const { head, rows, numeric } = useMemo(() => {
    const all = parseCsv(text, commaOf(text));
    if (!whole && all.length > 1) all.pop(); // it may be cut
    const [first = [], ...rest] = all;
    return {
      head: first,
      rows: rest,
      numeric: first.map((_, column) => isNumeric(rest.slice(0, 1000), column)),
    };
  }, [text, whole]);
  return (
    <>
      <div class="preview-table" tabIndex={0} role="region" aria-label={label}>
        <table class="table">
          <TableHead
            columns={head.map((cell, column) => ({
              name: visibleText(cell),
              class: numeric[column] ? "number" : undefined,
            }))}
          />
          <tbody>
            {rows.slice(0, most).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column} class={numeric[column] ? "number" : undefined}>
                    {visibleText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="row">
        <span class="quiet">
          {rows.length > most || !whole
            ? t("rowsMore", { n: formatCount(Math.min(rows.length, most)) })
            : t("rows", { n: rows.length })}
        </span>
        {rows.length > most || onMore ? (
          <button
            type="button"
            class="button small"
            disabled={busy}
            onClick={() => {
              setMost(most + step);
              if (rows.length < most + step) onMore?.();
            }}
          >
            {t("more")}
          </button>
        ) : null}
      </div>
    </>
  );
}
