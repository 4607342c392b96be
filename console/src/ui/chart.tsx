import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatTime } from "~/i18n/format";
import { shownTheme } from "./theme";

export interface Series {
  label: string;
  /** One for each x; null where there is none. */
  values: (number | null)[];
  /** Index of its colour among the eight; its place by default. */
  color?: number;
  dashed?: boolean;
  /** Drawn behind the others and thin: the raw values behind a smoothed line. */
  faint?: boolean;
  /** A bar for each value instead of a line. */
  bars?: boolean;
  /** A dot for each value, so that one that stands alone is seen. */
  dots?: boolean;
}

export interface ChartProps {
  title: string;
  /** Seconds since 1970 when `time`, else any growing numbers (steps). */
  x: number[];
  series: Series[];
  time?: boolean;
  log?: boolean;
  height?: number;
  format?: (value: number) => string;
  /** Values are bytes: ticks stand at whole KiB, MiB and so on. */
  binary?: boolean;
  formatX?: (value: number) => string;
  xLabel?: string;
  /** Places on the x axis that are marked with a line: where a value was no number. */
  marks?: number[];
  /** Charts with the same name move their cursors together. */
  together?: string;
}

const day = 86_400;
const binarySteps = Array.from({ length: 56 }, (_, n) => 2 ** n);

const color = (index: number) =>
  getComputedStyle(document.documentElement)
    .getPropertyValue(`--series-${(index % 8) + 1}`)
    .trim();
const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e4 || size < 1e-3) return value.toExponential(1).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

function drawMarks(plot: uPlot, marks: number[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  ctx.strokeStyle = token("--bad");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const mark of marks) {
    const x = plot.valToPos(mark, "x", true);
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

// "18:05", with the date below the first and each midnight; seconds where ticks are that close.
function timeLabels(ticks: number[], step: number): string[] {
  return ticks.map((tick, n) => {
    const [date = "", time = ""] = formatTime(tick * 1000).split(" ");
    if (step >= day) return date.slice(5);
    const shown = step < 60 ? time : time.slice(0, 5);
    return n === 0 || time === "00:00:00" ? `${shown}\n${date.slice(5)}` : shown;
  });
}

// While nobody points at a place the legend has the newest values.
function tellLast(plot: uPlot): void {
  if (typeof plot.cursor.idx === "number") return;
  const idxs = plot.data.map((values) => {
    for (let n = values.length - 1; n >= 0; n--) if (values[n] !== null) return n;
    return null;
  });
  plot.setLegend({ idxs }, false);
}

// Somebody looks at a stretch of it.
function isEnlarged(plot: uPlot): boolean {
  const [x = []] = plot.data;
  const { min, max } = plot.scales.x ?? {};
  const [first, last] = [x[0], x[x.length - 1]];
  if (x.length < 2 || first === undefined || last === undefined) return false;
  return (
    min !== undefined && max !== undefined && min !== null && max !== null && (min > first || max < last)
  );
}

function optionsOf(props: ChartProps, width: number): uPlot.Options {
  const format = props.format ?? shortNumber;
  const axis = {
    stroke: token("--text-2"),
    grid: { stroke: token("--line"), width: 1 },
    ticks: { stroke: token("--line"), width: 1 },
    font: `12px ${token("--font")}`,
  };
  const bars = props.series.some((one) => one.bars);
  // Half a bar's room on both sides: as far as the first two are apart, a day when there is one.
  const half = ((props.x[1] ?? 0) - (props.x[0] ?? 0) || day) / 2;
  return {
    width,
    height: props.height ?? 200,
    padding: [8, 20, 0, 0],
    cursor: {
      y: false,
      sync: props.together ? { key: props.together, setSeries: false } : undefined,
      drag: { x: true, y: false },
    },
    scales: {
      x: {
        time: props.time ?? false,
        range: bars ? (_plot, low, high) => [(low ?? 0) - half, (high ?? 1) + half] : undefined,
      },
      y: {
        distr: props.log ? 3 : 1,
        range: props.log
          ? undefined
          : (_plot, low, high) => {
              if (low === null || high === null || (low === 0 && high === 0)) return [0, 1];
              if (bars) return [0, high * 1.08 || 1];
              const room = (high - low || Math.abs(high) || 1) * 0.08;
              return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
            },
      },
    },
    axes: [
      {
        ...axis,
        label: undefined,
        values: props.time
          ? (_plot, ticks, _axis, _space, step) => timeLabels(ticks, step)
          : (_plot, ticks) => ticks.map(props.formatX ?? shortNumber),
        incrs: bars && props.time ? [1, 2, 7, 14, 30, 90, 365].map((days) => days * day) : undefined,
      },
      {
        ...axis,
        size: (_plot, labels) => 18 + 6.6 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
        values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : format(tick))),
        incrs: props.binary ? binarySteps : undefined,
      },
    ],
    series: [
      {
        label: props.xLabel ?? "",
        value: (_plot: uPlot, value: number | null) => {
          if (value === null) return "–";
          return props.time ? formatTime(value * 1000) : (props.formatX ?? shortNumber)(value);
        },
      },
      ...props.series.map((one, index) => ({
        label: one.label,
        // The legend has the smoothed line's figures.
        class: one.faint ? "faint" : undefined,
        stroke: color(one.color ?? index) + (one.faint ? "55" : ""),
        width: one.faint ? 1 : 1.75,
        dash: one.dashed ? [6, 4] : undefined,
        paths: one.bars ? uPlot.paths.bars?.({ size: [0.7, 48] }) : undefined,
        fill: one.bars ? `${color(one.color ?? index)}66` : undefined,
        points: { show: one.dots || one.values.length < 2, size: one.dots ? 4 : undefined },
        spanGaps: true,
        value: (_plot: uPlot, value: number | null) => (value === null ? "–" : format(value)),
      })),
    ],
  };
}

/**
 * Curves over steps or time. Dragging enlarges a stretch, a double click shows all again. The figures stand in the legend, so
 * that they are there without the picture; the picture itself has its title as a name.
 */
export function Chart(props: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const latest = useRef(props);
  latest.current = props;
  const theme = shownTheme.value;
  const shape = JSON.stringify([
    props.series.map((one) => [one.label, one.color, one.dashed, one.faint, one.bars, one.dots]),
    props.log,
    props.time,
    props.height,
    props.xLabel,
    theme,
  ]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape of chart is another chart
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const rows = [latest.current.x, ...latest.current.series.map((one) => one.values)] as uPlot.AlignedData;
    const options = optionsOf(latest.current, Math.max(element.clientWidth, 120));
    options.hooks = {
      draw: [(drawn) => drawMarks(drawn, latest.current.marks ?? [])],
      setCursor: [tellLast],
    };
    const made = new uPlot(options, rows, element);
    plot.current = made;
    tellLast(made);
    const watch = new ResizeObserver(() => {
      if (element.clientWidth > 0)
        made.setSize({ width: element.clientWidth, height: latest.current.height ?? 200 });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => {
    const rows = [props.x, ...props.series.map((one) => one.values)] as uPlot.AlignedData;
    const drawn = plot.current;
    if (!drawn) return;
    if (!isEnlarged(drawn)) {
      drawn.setData(rows);
      tellLast(drawn);
      return;
    }
    // New values must not take the enlarged stretch away.
    const { min, max } = drawn.scales.x ?? {};
    drawn.setData(rows, false);
    drawn.setScale("x", { min: min ?? 0, max: max ?? 1 });
    tellLast(drawn);
  }, [props.x, props.series]);

  return <div ref={place} class="chart" role="img" aria-label={props.title} />;
}
