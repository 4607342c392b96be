import type { Series } from "~/ui/chart";
import { finite, type MetricSeries } from "./metrics";

export type Axis = "step" | "time" | "elapsed";

/** One series of one job. */
export interface Curve {
  job: string;
  series: MetricSeries;
}

export interface CurveOptions {
  axis: Axis;
  log: boolean;
  /** 0 is none; to below 1. */
  smoothing: number;
}

export interface CurveChart {
  x: number[];
  series: Series[];
  /** Where a value was no number. */
  marks: number[];
}

/** The exponential mean, without its beginning at zero: the same as TensorBoard's. Gaps stay gaps. */
export function smoothed(values: (number | null)[], weight: number): (number | null)[] {
  let last = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null) return null;
    last = last * weight + (1 - weight) * value;
    count += 1;
    return last / (1 - weight ** count);
  });
}

/** The color of each line, the same in every chart. */
export function colorsOf(curves: Curve[]): Map<string, number> {
  const names = new Set(curves.map((curve) => lineKey(curve)));
  return new Map([...names].map((name, n) => [name, n % 8]));
}

export const lineKey = (curve: Curve): string => `${curve.job}/${curve.series.run}`;

function xOf(curve: Curve, axis: Axis): number[] {
  const { points } = curve.series;
  if (axis === "step") return points.map((point) => Number(point.step));
  const begin = axis === "elapsed" ? Date.parse(points[0]?.time ?? "") : 0;
  return points.map((point) => (Date.parse(point.time) - begin) / 1000);
}

/** The lines of one tag over their common axis; raw values stand faintly behind smoothed ones. */
export function curveChart(
  curves: Curve[],
  options: CurveOptions,
  nameOf: (curve: Curve) => string,
  colors: Map<string, number>,
): CurveChart {
  const places = curves.map((curve) => xOf(curve, options.axis));
  const x = [...new Set(places.flat())].sort((a, b) => a - b);
  const index = new Map(x.map((value, n) => [value, n]));
  const marks = new Set<number>();
  const series = curves.flatMap((curve, n): Series[] => {
    const raw: (number | null)[] = new Array(x.length).fill(null);
    curve.series.points.forEach((point, k) => {
      const value = finite(point.value);
      const at = places[n]?.[k] ?? Number.NaN;
      if (value === null) marks.add(at);
      // A logarithm has no place for zero and below.
      raw[index.get(at) ?? 0] = value !== null && options.log && value <= 0 ? null : value;
    });
    const color = colors.get(lineKey(curve)) ?? 0;
    const line: Series = { label: nameOf(curve), values: raw, color };
    if (options.smoothing <= 0) return [line];
    return [
      { ...line, faint: true },
      { ...line, values: smoothed(raw, options.smoothing) },
    ];
  });
  return { x, series, marks: [...marks].sort((a, b) => a - b) };
}

/** The tags of all curves by name, those that people look for first. */
export function tagsOf(curves: Curve[]): string[] {
  const rank = (tag: string) => (/loss/i.test(tag) ? 0 : /acc/i.test(tag) ? 1 : 2);
  return [...new Set(curves.map((curve) => curve.series.tag))].sort(
    (a, b) => rank(a) - rank(b) || a.localeCompare(b),
  );
}
