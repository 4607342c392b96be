import type { JobRow, JobTableAnswer } from "./job_row";

/** How many rows one call brings; windows begin at its multiples. */
export const pageRows = 100;

/** The pages (by number) that hold the rows from `first` up to before `end`, of `total`. */
export function pagesOf(first: number, end: number, total: number): number[] {
  const pages: number[] = [];
  const last = Math.min(end, total);
  for (let page = Math.floor(Math.max(0, first) / pageRows); page * pageRows < last; page++) pages.push(page);
  return pages.length > 0 ? pages : [0];
}

/**
 * The rows that are at hand of a long list. Each page is of one revision of the list; an answer of another revision makes all
 * others stale: they are still shown, and asked for again when they come into view. At most `kept` pages stay.
 */
export class JobWindow {
  private readonly pages = new Map<number, { revision: string; rows: JobRow[] }>();
  total = 0;
  revision = "";

  constructor(private readonly kept = 12) {}

  take(page: number, answer: JobTableAnswer): void {
    this.total = answer.total;
    this.revision = answer.revision;
    this.pages.delete(page);
    this.pages.set(page, { revision: answer.revision, rows: answer.jobs });
    for (const old of this.pages.keys()) {
      if (this.pages.size <= this.kept && old * pageRows < this.total) continue;
      if (old !== page) this.pages.delete(old);
    }
  }

  row(index: number): JobRow | undefined {
    return this.pages.get(Math.floor(index / pageRows))?.rows[index % pageRows];
  }

  /** Which of these pages must be asked for. */
  missing(pages: number[]): number[] {
    return pages.filter((page) => this.pages.get(page)?.revision !== this.revision);
  }
}
