import { ApiError, get } from "~/api/http";
import { paths } from "~/api/resources";

const longest = 128;

/** The id that follows one: a counter at its end goes up, else it gets one. Dates and times at the end are no counters. */
export function nextId(id: string): string {
  const found = /^(.*)_(\d{1,4})$/.exec(id);
  const base = found?.[1] ?? id;
  const counter = `_${found ? Number(found[2]) + 1 : 2}`;
  return base.slice(0, longest - counter.length) + counter;
}

/** "train_20180102_030405": an id that sorts by time. */
export function timedId(now: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return (
    `train_${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}` +
    `_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
  );
}

/** The first id after `id` that is not taken, as `taken` answers. */
export async function freeIdAfter(id: string, taken: (id: string) => Promise<boolean>): Promise<string> {
  let next = nextId(id);
  for (let tries = 0; tries < 200 && (await taken(next)); tries++) next = nextId(next);
  return next;
}

export async function isTaken(project: string, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await get(paths.job(project, id), {}, signal);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.httpStatus === 404) return false;
    throw error;
  }
}
