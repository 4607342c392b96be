import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";

interface Options {
  count: number;
  scroller: RefObject<HTMLElement>;
  /** Of a row, in pixels. */
  height: number;
  /** Rows that are drawn beyond the edges. */
  overscan?: number;
}

/** Draws only the rows that can be seen of a list of any length: the rows, the height of all, and a way to bring one into view. */
export function useVirtual({ count, scroller, height, overscan = 12 }: Options): {
  rows: VirtualItem[];
  total: number;
  scrollTo: (index: number) => void;
} {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const settings = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(0),
  };
  const [list] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(settings));
  list.setOptions(settings);
  useEffect(() => list._didMount(), [list]);
  useLayoutEffect(() => list._willUpdate());
  return {
    rows: list.getVirtualItems(),
    total: list.getTotalSize(),
    scrollTo: (index) => list.scrollToIndex(index, { align: "auto" }),
  };
}
