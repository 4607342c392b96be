/** The value below which that part of the values lies; NaN without any. */
export function percentile(values: readonly number[] | Float64Array, part: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1));
  return sorted[place] ?? Number.NaN;
}

/** How long entries took from the moment that they were stamped to this page; of the last few thousand. */
export class DelayMeter {
  private readonly kept: Float64Array;
  private at = 0;
  count = 0;

  constructor(most = 4096) {
    this.kept = new Float64Array(most);
  }

  add(milliseconds: number): void {
    // Clocks of two machines differ a little: none comes before it was written.
    this.kept[this.at] = Math.max(0, milliseconds);
    this.at = (this.at + 1) % this.kept.length;
    this.count += 1;
  }

  p99(): number {
    return percentile(this.kept.subarray(0, Math.min(this.count, this.kept.length)), 0.99);
  }

  clear(): void {
    this.at = 0;
    this.count = 0;
  }
}
