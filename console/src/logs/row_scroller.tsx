import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { language } from "~/i18n/language";
import { type Row, rowIndexOf } from "./fold";
import { RowLayout } from "./layout";
import type { LogModel } from "./log_model";
import { LogRow } from "./log_row";
import { t } from "./messages";
import { heightOf, lineHeight } from "./row_text";

const beyond = 15 * lineHeight;
/** Seen as the end, in pixels. */
const nearEnd = 4;

interface Selection {
  from: string;
  to: string;
}

interface RowScrollerProps {
  model: LogModel;
  rows: readonly Row[];
  place: RefObject<HTMLDivElement>;
  wrap: boolean;
  wanted: string;
  selection: Selection | undefined;
  marked: string | undefined;
  failure: string | undefined;
  showTask: boolean;
  /** Rows whose long lines are shown whole. */
  whole: ReadonlySet<string>;
  onWhole: (key: string) => void;
  onSelect: (key: string, extend: boolean) => void;
  onKey: (event: KeyboardEvent) => void;
}

/**
 * Draws the rows that can be seen. The place that is looked at is a row and a distance into it, not a number of pixels: so it
 * stays where it is while rows come before it, go, or turn out higher than they were thought to be.
 */
export function RowScroller(props: RowScrollerProps): JSX.Element {
  const { model, rows, place, wrap, whole } = props;
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const layout = useMemo(() => new RowLayout(), []);
  const measured = useMemo(() => new Map<string, number>(), []);
  const drawn = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const view = useRef({ height: 600, width: 0, columns: 100, top: 0, lastTop: 0 });
  const anchor = useRef<{ id: string; by: number } | undefined>();
  const aimed = useRef(0);
  const lastShape = useRef("");

  const shape = `${wrap} ${view.current.width} ${props.showTask}`;
  if (lastShape.current !== shape || measured.size > 20_000) {
    lastShape.current = shape;
    measured.clear();
  }
  const columns = wrap ? view.current.columns : Number.POSITIVE_INFINITY;
  const nameOf = (row: Row) => (row.opened || whole.has(row.key) ? `${row.key} open` : row.key);
  layout.lay(
    rows,
    (row) => (wrap && measured.get(nameOf(row))) || heightOf(row, columns, whole.has(row.key)),
  );

  // Where to look now.
  const { height } = view.current;
  const most = Math.max(0, layout.total - height);
  let top = view.current.top;
  const aim = model.aim;
  if (model.following) {
    top = most;
  } else if (aim && aim.turn !== aimed.current) {
    const index = rowIndexOf(rows, aim.id);
    const at = layout.top(index);
    if (aim.at === "top") top = at;
    else if (aim.at === "middle") top = at - (height - layout.height(index)) / 3;
    else if (at < top) top = at;
    else if (at + layout.height(index) > top + height) top = at + layout.height(index) - height;
    anchor.current = undefined;
  } else if (anchor.current) {
    const index = rowIndexOf(rows, anchor.current.id);
    top = layout.top(index) + Math.min(anchor.current.by, layout.height(index));
  }
  top = Math.max(0, Math.min(top, most));

  const first = layout.at(top);
  const from = Math.max(0, layout.at(top - beyond));
  const to = Math.min(rows.length, layout.at(top + height + beyond) + 1);

  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    if (Math.abs(element.scrollTop - top) > 0.5) element.scrollTop = top;
    view.current.top = element.scrollTop;
    view.current.lastTop = element.scrollTop;
    const row = rows[first];
    anchor.current = row ? { id: row.key, by: top - layout.top(first) } : undefined;

    let changed = false;
    if (wrap) {
      for (const child of drawn.current?.children ?? []) {
        const index = from + Array.prototype.indexOf.call(child.parentElement?.children, child);
        const one = rows[index];
        if (!one) continue;
        const real = (child as HTMLElement).offsetHeight;
        if (real > 0 && real !== layout.height(index)) {
          measured.set(nameOf(one), real);
          changed = true;
        }
      }
    }
    if (changed) return redraw(0);
    // Done only when nothing moves any more, so that an aim is met in rows of measured heights.
    if (aim) aimed.current = aim.turn;
    const last = rows[Math.max(first, layout.at(top + height - 1))];
    const { visible } = model;
    const seenFirst = row?.entries[0];
    const seenLast = last?.entries[last.entries.length - 1];
    if (visible.peek().first !== seenFirst || visible.peek().last !== seenLast)
      visible.value = { first: seenFirst, last: seenLast };
    if (top < height * 2) void model.more("before");
    if (top + height > layout.total - height * 2) void model.more("after");
  });

  // The width of a character tells how rows will wrap before they are drawn.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => {
      const character = (ruler.current?.offsetWidth ?? 700) / 100;
      const lead = (element.querySelector(".log-text") as HTMLElement | null)?.offsetLeft ?? 160;
      view.current.height = element.clientHeight;
      view.current.width = element.clientWidth;
      view.current.columns = Math.max(10, Math.floor((element.clientWidth - lead - 12) / character));
      redraw(0);
    };
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [place]);

  const onScroll = () => {
    const element = place.current;
    if (!element) return;
    const before = view.current.lastTop;
    const now = element.scrollTop;
    if (Math.abs(now - before) < 1) return;
    view.current.top = now;
    view.current.lastTop = now;
    const index = layout.at(now);
    const row = rows[index];
    anchor.current = row ? { id: row.key, by: now - layout.top(index) } : undefined;
    if (model.aim) aimed.current = model.aim.turn;
    if (now < before) model.pause();
    else if (now + element.clientHeight >= element.scrollHeight - nearEnd && model.window.end && !model.ended)
      model.follow();
    model.release();
    redraw(0);
  };

  const { selection } = props;
  const low = selection && (selection.from < selection.to ? selection.from : selection.to);
  const high = selection && (selection.from < selection.to ? selection.to : selection.from);
  const markedRow = props.marked ? rows[rowIndexOf(rows, props.marked)]?.key : undefined;
  const failedRow = props.failure ? rowOf(rows, props.failure) : undefined;
  return (
    <div
      ref={place}
      class={wrap ? "log-scroll wrapped" : "log-scroll"}
      role="log"
      aria-live="off"
      aria-label={t("log")}
      aria-description={t("keys")}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={props.onKey}
      onWheel={(event) => {
        if (event.deltaY < 0 && event.currentTarget.scrollTop > 0) model.pause();
      }}
      onClick={(event) => {
        const target = event.target as HTMLElement;
        if (target.closest("button") || !getSelection()?.isCollapsed) return;
        const key = (target.closest(".log-row") as HTMLElement | null)?.dataset.id;
        if (key) props.onSelect(key, event.shiftKey);
      }}
    >
      <span ref={ruler} class="log-ruler" aria-hidden="true">
        {"0".repeat(100)}
      </span>
      <div class="log-space" style={{ height: `${layout.total}px` }}>
        <div ref={drawn} class="log-rows" style={{ transform: `translateY(${layout.top(from)}px)` }}>
          {rows.slice(from, to).map((row) => (
            <LogRow
              key={row.key}
              row={row}
              wanted={props.wanted}
              selected={low !== undefined && high !== undefined && lastOf(row) >= low && row.key <= high}
              cursor={selection?.to === row.key}
              marked={markedRow === row.key}
              failed={failedRow === row.key}
              whole={whole.has(row.key)}
              showTask={props.showTask}
              language={language.value}
              onToggle={model.toggle}
              onWhole={props.onWhole}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The key of the row that has an entry; unlike rowIndexOf no neighbour of it. */
function rowOf(rows: readonly Row[], insertId: string): string | undefined {
  const row = rows[rowIndexOf(rows, insertId)];
  return row && row.key <= insertId ? row.key : undefined;
}

const lastOf = (row: Row): string => row.entries[row.entries.length - 1]?.insertId ?? "";
