import type { MetricSeries, Metrics } from "./metrics";
import { finite } from "./metrics";
import { replicaOfRun, roleOrder } from "./replicas";

export type ChartKind = "cpu" | "memory" | "gpu" | "gpuMemory" | "network" | "loopback" | "disk";

export interface ResourceLine {
  replica: string;
  index: number;
  /** Of several GPUs of a replica, which. */
  gpu?: number;
  direction: "" | "out" | "in";
  values: (number | null)[];
}

export interface ResourceChart {
  role: string;
  kind: ChartKind;
  x: number[];
  lines: ResourceLine[];
  /** So many replicas have lines that are not among these: those that used least. */
  hidden: number;
  /** Of so many replicas are these. */
  shown: number;
}

const kinds: ChartKind[] = ["cpu", "memory", "gpu", "gpuMemory", "network", "loopback", "disk"];
export const mostLines = 16;
/** Of a role with more replicas than `mostLines`; each may have two lines, and a legend that one can read. */
export const mostOfMany = 8;

interface Meaning {
  kind: ChartKind;
  direction: "" | "out" | "in";
  gpu?: number;
}

export function meaningOf(tag: string): Meaning | undefined {
  if (tag === "cpu") return { kind: "cpu", direction: "" };
  if (tag === "memory" || tag === "memory_resident") return { kind: "memory", direction: "" };
  const [, gpu, what] = /^gpu(\d+)_(duty|memory)$/.exec(tag) ?? [];
  if (gpu) return { kind: what === "duty" ? "gpu" : "gpuMemory", direction: "", gpu: Number(gpu) };
  const [, place, way] = /^(?:host_)?(network|loopback)_(sent|received)$/.exec(tag) ?? [];
  if (place) return { kind: place as ChartKind, direction: way === "sent" ? "out" : "in" };
  if (tag === "disk_read") return { kind: "disk", direction: "in" };
  if (tag === "disk_written") return { kind: "disk", direction: "out" };
  return undefined;
}

// Replicas are looked at a little apart: moments of one bucket are one. A finer one than the samples themselves would
// leave gaps in each line.
export function bucketSeconds(all: MetricSeries[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (const { points } of all) {
    const first = points[0];
    const last = points.at(-1);
    if (!first || !last || points.length < 2) continue;
    const mean = (Date.parse(last.time) - Date.parse(first.time)) / 1000 / (points.length - 1);
    step = Math.min(step, mean);
  }
  return Number.isFinite(step) ? Math.max(1, Math.round(step)) : 1;
}

const peak = (line: ResourceLine) =>
  line.values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);

function chartOf(
  role: string,
  kind: ChartKind,
  all: { series: MetricSeries; index: number; meaning: Meaning }[],
) {
  const width = bucketSeconds(all.map((one) => one.series));
  const bucket = (time: string) => Math.round(Date.parse(time) / 1000 / width) * width;
  const moments = new Set(all.flatMap((one) => one.series.points.map((point) => bucket(point.time))));
  const x = [...moments].sort((a, b) => a - b);
  const place = new Map(x.map((moment, n) => [moment, n]));
  const lines = all.map(({ series, index, meaning }): ResourceLine => {
    const values: (number | null)[] = new Array(x.length).fill(null);
    for (const point of series.points) values[place.get(bucket(point.time)) ?? 0] = finite(point.value);
    const { direction, gpu } = meaning;
    return { replica: `${role} ${index}`, index, gpu, direction, values };
  });
  // Of very many replicas the busiest.
  const busiest = [...new Set([...lines].sort((a, b) => peak(b) - peak(a)).map((line) => line.replica))];
  const shown = new Set(busiest.slice(0, mostLines));
  return {
    role,
    kind,
    x,
    lines: lines
      .filter((line) => shown.has(line.replica))
      .sort(
        (a, b) => a.index - b.index || (a.gpu ?? 0) - (b.gpu ?? 0) || a.direction.localeCompare(b.direction),
      ),
    hidden: busiest.length - shown.size,
    shown: shown.size,
  };
}

/**
 * Which runs are drawn of a job with very many replicas, by what is known of the whole of each series: all of a small
 * role, of a large one the replicas whose CPUs, and then whose memory, were used most.
 */
export function busiestRuns({ series }: Metrics): { runs: string[]; hidden: Map<string, number> } {
  const roles = new Map<string, Map<string, { cpu: number; memory: number }>>();
  for (const { run, tag, max = 0 } of series) {
    const replica = replicaOfRun(run);
    const kind = meaningOf(tag)?.kind;
    if (!replica || (kind !== "cpu" && kind !== "memory")) continue;
    const all = roles.get(replica.role) ?? new Map<string, { cpu: number; memory: number }>();
    roles.set(replica.role, all);
    const use = all.get(run) ?? { cpu: 0, memory: 0 };
    all.set(run, use);
    use[kind] = Math.max(use[kind], max);
  }
  const hidden = new Map<string, number>();
  const runs = [...roles].flatMap(([role, all]) => {
    const most = all.size > mostLines ? mostOfMany : mostLines;
    hidden.set(role, Math.max(0, all.size - most));
    const sorted = [...all].sort(([, a], [, b]) => b.cpu - a.cpu || b.memory - a.memory);
    return sorted.slice(0, most).map(([run]) => run);
  });
  return { runs, hidden };
}

/** A chart for each role and each thing that was measured of it; `hidden`: replicas by role that are not among these. */
export function resourceCharts(metrics: Metrics, hidden?: ReadonlyMap<string, number>): ResourceChart[] {
  const groups = new Map<string, { series: MetricSeries; index: number; meaning: Meaning }[]>();
  for (const series of metrics.series) {
    const replica = replicaOfRun(series.run);
    const meaning = meaningOf(series.tag);
    if (!replica || !meaning || series.points.length === 0) continue;
    // RSS only where there is no PSS.
    const rest = metrics.series.some((other) => other.run === series.run && other.tag === "memory");
    if (series.tag === "memory_resident" && rest) continue;
    const name = `${replica.role}/${meaning.kind}`;
    groups.set(name, [...(groups.get(name) ?? []), { series, index: replica.index, meaning }]);
  }
  const charts = [...groups].map(([name, all]) => {
    const [role = "", kind] = name.split("/");
    const chart = chartOf(role, kind as ChartKind, all);
    return { ...chart, hidden: chart.hidden + (hidden?.get(role) ?? 0) };
  });
  // Within the machine nothing is sent by most programs: then there is nothing to draw.
  return charts
    .filter((chart) => chart.kind !== "loopback" || chart.lines.some((line) => peak(line) > 0))
    .sort((a, b) => roleOrder(a.role) - roleOrder(b.role) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}
