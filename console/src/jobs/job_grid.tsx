import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { pages } from "~/api/resources";
import { Icon } from "~/ui/icons";
import { useVirtual } from "~/ui/use_virtual";
import { type Column, columns } from "./columns";
import { isUnfinished, type JobRow } from "./job_row";
import { t } from "./messages";
import type { JobTable } from "./use_job_table";

interface Props {
  project: string;
  table: JobTable;
  orderBy: string;
  onOrder: (orderBy: string) => void;
  selected: ReadonlySet<string>;
  onSelect: (job: string, on: boolean) => void;
  /** Of a row, in pixels. */
  rowHeight: number;
}

function Heading({
  column,
  orderBy,
  onOrder,
}: { column: Column } & Pick<Props, "orderBy" | "onOrder">): JSX.Element {
  const { name, order, down } = column;
  const [field, way] = orderBy.split(" ");
  const mine = order !== undefined && field === order;
  const sorted = mine ? (way === "desc" ? "descending" : "ascending") : undefined;
  const next = mine ? (way === "desc" ? order : `${order} desc`) : down ? `${order} desc` : order;
  return (
    <div role="columnheader" class={`cell ${name}`} aria-sort={sorted} tabIndex={-1}>
      {order ? (
        <button type="button" onClick={() => onOrder(next ?? "")}>
          {t(name)}
          {mine ? <Icon name={way === "desc" ? "down" : "up"} size={12} /> : null}
        </button>
      ) : (
        t(name)
      )}
    </div>
  );
}

interface RowProps extends Pick<Props, "project" | "onSelect"> {
  row: JobRow | undefined;
  index: number;
  top: number;
  height: number;
  active: boolean;
  checked: boolean;
  onActivate: (index: number) => void;
}

function Row({
  row,
  index,
  top,
  height,
  active,
  checked,
  project,
  onSelect,
  onActivate,
}: RowProps): JSX.Element {
  return (
    <div
      role="row"
      id={`job-row-${index}`}
      class={`row-line${active ? " active" : ""}${checked ? " checked" : ""}`}
      aria-rowindex={index + 2}
      aria-selected={checked}
      tabIndex={-1}
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      onMouseDown={() => onActivate(index)}
    >
      <div role="gridcell" class="cell pick" tabIndex={-1}>
        {row && isUnfinished(row) ? (
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("selectJob", { job: row.jobId })}
            checked={checked}
            onChange={(event) => onSelect(row.jobId, event.currentTarget.checked)}
          />
        ) : null}
      </div>
      {columns.map((column) => (
        <div key={column.name} role="gridcell" class={`cell ${column.name}`} tabIndex={-1}>
          {row ? column.draw(row, project) : column.name === "jobId" ? "…" : null}
        </div>
      ))}
    </div>
  );
}

/** The table: only the rows in view are drawn, and one of them has the keys. */
export function JobGrid(props: Props): JSX.Element {
  const { project, table, orderBy, onOrder, selected, onSelect, rowHeight } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const [, navigate] = useLocation();
  const { rows, total, scrollTo } = useVirtual({ count: table.total, scroller, height: rowHeight });
  const first = rows[0]?.index ?? 0;
  const end = (rows.at(-1)?.index ?? 0) + 1;
  const { look } = table;
  useEffect(() => look(first, end), [look, first, end]);

  const move = (to: number) => {
    const index = Math.max(0, Math.min(table.total - 1, to));
    setActive(index);
    scrollTo(index);
  };
  const inView = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
  const keys: Record<string, () => void> = {
    ArrowDown: () => move(active + 1),
    ArrowUp: () => move(active - 1),
    j: () => move(active + 1),
    k: () => move(active - 1),
    PageDown: () => move(active + inView),
    PageUp: () => move(active - inView),
    Home: () => move(0),
    End: () => move(table.total - 1),
    Enter: () => {
      const row = table.row(active);
      if (row) navigate(pages.job(project, row.jobId));
    },
    " ": () => {
      const row = table.row(active);
      if (row && isUnfinished(row)) onSelect(row.jobId, !selected.has(row.jobId));
    },
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const key = keys[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget)
      return;
    event.preventDefault();
    key();
  };
  return (
    <div
      ref={scroller}
      class="job-grid"
      role="grid"
      aria-label={t("table")}
      aria-rowcount={table.total + 1}
      aria-multiselectable="true"
      aria-activedescendant={active >= first && active < end ? `job-row-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={() => active < 0 && setActive(0)}
    >
      <div role="row" class="row-line head" aria-rowindex={1} tabIndex={-1}>
        <div role="columnheader" class="cell pick" tabIndex={-1}>
          <span class="hidden-text">{t("select")}</span>
        </div>
        {columns.map((column) => (
          <Heading key={column.name} column={column} orderBy={orderBy} onOrder={onOrder} />
        ))}
      </div>
      <div role="presentation" class="rows" style={{ height: `${total}px` }}>
        {rows.map((item) => {
          const row = table.row(item.index);
          return (
            <Row
              key={item.index}
              row={row}
              index={item.index}
              top={item.start}
              height={rowHeight}
              active={item.index === active}
              checked={row !== undefined && selected.has(row.jobId)}
              project={project}
              onSelect={onSelect}
              onActivate={setActive}
            />
          );
        })}
      </div>
    </div>
  );
}
