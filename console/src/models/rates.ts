import type { ServedVersion, TrafficPoint } from "./serving";

const slice = 10;
const hour = 3600;
// Of a rate that is "now": long enough to be calm, short enough to be now.
const recent = 30;
// What is drawn at least, when a model is asked for the first time.
const leastDrawn = 300;

const begin = (point: TrafficPoint) => Date.parse(point.time) / 1000;

/** Requests per second of the last half minute; `at` in milliseconds. */
export function rateNow(versions: readonly Pick<ServedVersion, "traffic">[], at: number): number {
  const end = at / 1000;
  const from = Math.ceil((end - recent) / slice) * slice;
  const points = versions.flatMap((version) => version.traffic).filter((point) => begin(point) >= from);
  return points.reduce((sum, point) => sum + Number(point.requests), 0) / Math.max(end - from, slice);
}

/** Requests that failed in the last hour. */
export function errorsLately(versions: readonly ServedVersion[]): number {
  return versions.flatMap((version) => version.traffic).reduce((sum, point) => sum + Number(point.errors), 0);
}

export interface VersionLines {
  version: string;
  /** Its place among the model's versions: what colour it has. */
  index: number;
  rate: (number | null)[];
  errors: (number | null)[];
  p50: (number | null)[];
  p95: (number | null)[];
}

export interface HourLines {
  /** Seconds since 1970, ten apart, of whole slices only. */
  x: number[];
  versions: VersionLines[];
}

/** The last hour of each version that had a request in it; from its first request on, five minutes at least. */
export function hourLines(versions: readonly ServedVersion[], at: number): HourLines {
  const end = Math.floor(at / 1000 / slice) * slice;
  const begun = versions.flatMap((version) => version.traffic).map(begin);
  const earliest = Math.min(end - leastDrawn, ...begun.map((time) => time - slice));
  const first = Math.max(end - hour, Math.floor(earliest / slice) * slice);
  const x = Array.from({ length: (end - first) / slice }, (_, n) => first + n * slice);
  const lines = versions.flatMap((version, index) => {
    const line: VersionLines = {
      version: version.version,
      index,
      rate: x.map(() => 0),
      errors: x.map(() => 0),
      p50: x.map(() => null),
      p95: x.map(() => null),
    };
    let seen = false;
    for (const point of version.traffic) {
      const place = Math.round((begin(point) - first) / slice);
      if (place < 0 || place >= x.length) continue;
      seen = true;
      line.rate[place] = Number(point.requests) / point.seconds;
      line.errors[place] = Number(point.errors);
      if (point.p50 > 0) line.p50[place] = point.p50;
      if (point.p95 > 0) line.p95[place] = point.p95;
    }
    return seen ? [line] : [];
  });
  return { x, versions: lines };
}

/** "4.20", "0.07", "138": three digits of a rate. */
export function rateText(rate: number): string {
  if (rate >= 100) return rate.toFixed(0);
  return rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

/** "0.41 ms", "12.3 ms", "1.25 s"; a dash where nothing was measured. */
export function latencyText(seconds: number): string {
  if (!(seconds > 0)) return "–";
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const ms = seconds * 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}
