import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { numberOf } from "./log_entry";
import type { LogModel } from "./log_model";
import { t } from "./messages";

const often = 80;
/** The least height of what is seen, in pixels. */
const thumb = 14;
const steps: Record<string, number> = {
  ArrowUp: -0.01,
  ArrowDown: 0.01,
  PageUp: -0.1,
  PageDown: 0.1,
};

/** The whole log as a slim bar: where one is, where the first failure is, and a way to anywhere. */
export function OverviewBar({ model, failure }: { model: LogModel; failure?: string }): JSX.Element {
  const bar = useRef<HTMLDivElement>(null);
  const jumped = useRef(0);
  const dragging = useRef(false);
  void model.version.value;
  const { first, last } = model.visible.value;
  const count = Math.max(1, model.count);
  const from = first ? numberOf(first.insertId) : 0;
  const to = last ? numberOf(last.insertId) + 1 : count;
  // A short stretch of a long log can still be seen, also at the end.
  const part = (n: number, least = 0) => `calc(${least}px + (100% - ${thumb}px) * ${Math.min(1, n / count)})`;
  const middle = Math.min(100, Math.round(((from + to) / 2 / count) * 100));

  const jumpTo = (event: PointerEvent, always: boolean) => {
    const box = bar.current?.getBoundingClientRect();
    if (!box || (!always && performance.now() - jumped.current < often)) return;
    jumped.current = performance.now();
    model.jump(Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)));
  };
  const key = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step !== undefined) model.jump(Math.min(1, Math.max(0, from / count + step)));
    else if (event.key === "Home") model.jump(0);
    else if (event.key === "End") model.jump(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={bar}
      class="log-overview"
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t("position")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={middle}
      aria-valuetext={t("positionText", { n: from + 1, count })}
      title={t("position")}
      onKeyDown={key}
      onPointerDown={(event) => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        jumpTo(event, true);
      }}
      onPointerMove={(event) => {
        if (dragging.current) jumpTo(event, false);
      }}
      onPointerUp={(event) => {
        if (dragging.current) jumpTo(event, true);
        dragging.current = false;
      }}
      onPointerCancel={() => {
        dragging.current = false;
      }}
    >
      {first ? <span class="log-thumb" style={{ top: part(from), height: part(to - from, thumb) }} /> : null}
      {failure ? <span class="log-failure" style={{ top: part(numberOf(failure)) }} /> : null}
    </div>
  );
}
