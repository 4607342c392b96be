import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { word } from "~/i18n/words";
import { Icon } from "~/ui/icons";
import { useVirtual } from "~/ui/use_virtual";
import type { Place } from "./addresses";
import { FolderRow } from "./folder_row";
import type { Entry, Order } from "./listing";
import { t } from "./messages";

const rowHeight = 36;

interface Props {
  rows: Entry[];
  more: boolean;
  /** Called when the last rows come into view. */
  onNear?: () => void;
  place: Place;
  project: string;
  order: Order;
  down: boolean;
  onOrder: (order: Order) => void;
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
  onDelete: (entry: Entry) => void;
}

/** A folder's rows, of which only those that can be seen are drawn. */
export function FolderTable(props: Props): JSX.Element {
  const { rows, chosen, onChoose, onNear } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtual({ count: rows.length, scroller, height: rowHeight });
  const last = list.rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (props.more && last > rows.length - 150) onNear?.();
  }, [last, rows.length, props.more, onNear]);

  const focusRow = (index: number) => {
    const at = Math.min(Math.max(index, 0), rows.length - 1);
    list.scrollTo(at);
    const tries = (left: number) => {
      const link = scroller.current?.querySelector<HTMLElement>(`[data-index="${at}"] a`);
      if (link) link.focus({ preventScroll: true });
      else if (left > 0) requestAnimationFrame(() => tries(left - 1));
    };
    requestAnimationFrame(() => tries(10));
  };
  const choose = (entry: Entry, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(entry.name);
    else next.delete(entry.name);
    onChoose(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
    const index = Number(row?.dataset.index ?? Number.NaN);
    const entry = rows[index];
    if (!entry) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) focusRow(to);
    else if (event.key === "Delete") props.onDelete(entry);
    else if (event.key === " " && (event.target as HTMLElement).tagName === "A")
      choose(entry, !chosen.has(entry.name));
    else return;
    event.preventDefault();
  };

  const all = rows.length > 0 && chosen.size >= rows.length;
  const head = (order: Order, label: string, kind: string) => (
    // biome-ignore lint/a11y/useFocusableInteractive: its button is
    <div
      role="columnheader"
      class={kind}
      aria-sort={props.order === order ? (props.down ? "descending" : "ascending") : undefined}
    >
      <button
        type="button"
        class="sort"
        title={t("sortBy", { column: label })}
        onClick={() => props.onOrder(order)}
      >
        {label}
        {props.order === order ? <Icon name={props.down ? "down" : "up"} size={12} /> : null}
      </button>
    </div>
  );
  return (
    <div
      class="card flush storage-table"
      role="table"
      aria-label={props.place.folder || props.place.bucket}
      aria-rowcount={props.more ? -1 : rows.length + 1}
    >
      <div role="rowgroup">
        {/* biome-ignore lint/a11y/useFocusableInteractive: what is in it is */}
        <div role="row" class="storage-row head" aria-rowindex={1}>
          {/* biome-ignore lint/a11y/useFocusableInteractive: its box is */}
          <div role="columnheader" class="pick">
            <input
              type="checkbox"
              aria-label={t("selectAll")}
              checked={all}
              ref={(box) => {
                if (box) box.indeterminate = chosen.size > 0 && !all;
              }}
              onChange={() => onChoose(all ? new Set() : new Set(rows.map((row) => row.name)))}
            />
          </div>
          {head("name", word("name"), "name")}
          {head("size", word("size"), "size number")}
          {head("type", t("type"), "type")}
          {head("updated", t("changed"), "changed")}
        </div>
      </div>
      <div ref={scroller} class="storage-scroller" role="rowgroup" onKeyDown={onKeyDown}>
        <div class="storage-field" role="presentation" style={{ height: `${list.total}px` }}>
          {list.rows.map((item) => {
            const entry = rows[item.index];
            return entry ? (
              <FolderRow
                key={entry.name}
                entry={entry}
                index={item.index}
                top={item.start}
                place={props.place}
                project={props.project}
                chosen={chosen.has(entry.name)}
                onChoose={choose}
              />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}
