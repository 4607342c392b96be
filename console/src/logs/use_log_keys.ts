import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Row, rowIndexOf } from "./fold";
import type { LogModel, Side } from "./log_model";
import type { Selection } from "./log_view";
import { lineHeight } from "./row_text";

interface LogKeys {
  model: LogModel;
  rows: readonly Row[];
  place: RefObject<HTMLDivElement>;
  root: RefObject<HTMLElement>;
  search: RefObject<HTMLInputElement>;
  alone: boolean;
  selection: Selection | undefined;
  select: (selection: Selection | undefined) => void;
  find: (side: Side) => void;
  copyLines: () => void;
  wrap: () => void;
}

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest("input, select, textarea, dialog, [contenteditable]") !== null;

/** The keys of the viewer: of its rows when they have the focus, and everywhere on a page that is about the log alone. */
export function useLogKeys(keys: LogKeys): (event: KeyboardEvent) => void {
  const latest = useRef(keys);
  latest.current = keys;
  const { alone, root } = keys;
  useEffect(() => {
    const target: EventTarget | null = alone ? document : root.current;
    const onKey = (event: Event) => {
      if (event instanceof KeyboardEvent && !typesText(event.target) && anywhere(event, latest.current))
        event.preventDefault();
    };
    target?.addEventListener("keydown", onKey);
    return () => target?.removeEventListener("keydown", onKey);
  }, [alone, root]);
  return (event) => {
    if (event.target === event.currentTarget && inRows(event, latest.current)) event.preventDefault();
  };
}

function anywhere(event: KeyboardEvent, keys: LogKeys): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { model } = keys;
  switch (event.key) {
    case "/":
      keys.search.current?.focus();
      keys.search.current?.select();
      return true;
    case "f":
      if (model.following) model.pause();
      else model.follow();
      return true;
    case "n":
      keys.find("after");
      return true;
    case "N":
      keys.find("before");
      return true;
    case "w":
      keys.wrap();
      return true;
    case "j":
      return move(keys, 1, false);
    case "k":
      return move(keys, -1, false);
    case "c":
      if (keys.selection) keys.copyLines();
      return keys.selection !== undefined;
    case "Escape":
      keys.select(undefined);
      return false;
    default:
      return false;
  }
}

function inRows(event: KeyboardEvent, keys: LogKeys): boolean {
  const { model, rows, place } = keys;
  if (event.ctrlKey || event.metaKey) {
    const [first] = rows;
    const last = rows[rows.length - 1];
    if (event.key === "a" && first && last) {
      keys.select({ from: first.key, to: last.key });
      return true;
    }
    if (event.key === "c" && keys.selection && getSelection()?.isCollapsed) {
      keys.copyLines();
      return true;
    }
    return false;
  }
  const page = Math.max(1, Math.floor((place.current?.clientHeight ?? 0) / lineHeight) - 2);
  switch (event.key) {
    case "ArrowDown":
      return move(keys, 1, event.shiftKey);
    case "ArrowUp":
      return move(keys, -1, event.shiftKey);
    case "PageDown":
      return turn(keys, page);
    case "PageUp":
      return turn(keys, -page);
    case "Home":
      model.jump(0);
      return true;
    case "End":
      model.follow();
      return true;
    case "Enter": {
      const row = keys.selection && rows[rowIndexOf(rows, keys.selection.to)];
      if (!row?.foldable) return false;
      model.toggle(row.key);
      return true;
    }
    default:
      return false;
  }
}

function turn(keys: LogKeys, lines: number): boolean {
  if (lines < 0) keys.model.pause();
  keys.place.current?.scrollBy({ top: lines * lineHeight });
  return true;
}

function move(keys: LogKeys, by: number, extend: boolean): boolean {
  const { model, rows, selection } = keys;
  if (rows.length === 0) return true;
  const seen = model.visible.peek();
  const begin = by > 0 ? seen.first : seen.last;
  const at = selection ? rowIndexOf(rows, selection.to) + by : rowIndexOf(rows, begin?.insertId ?? "");
  const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
  if (!row) return true;
  model.pause();
  keys.select({ from: extend && selection ? selection.from : row.key, to: row.key });
  model.aimAt(row.key, "near");
  return true;
}
