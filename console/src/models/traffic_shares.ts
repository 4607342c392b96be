import type { TrafficShare } from "./serving";

/** What stands in the boxes, by version; an empty one is nothing. */
export type ShareDraft = Record<string, string>;

export function draftOf(shares: readonly TrafficShare[]): ShareDraft {
  return Object.fromEntries(shares.map((share) => [share.version, String(share.percent)]));
}

const textOf = (draft: ShareDraft, version: string) => (draft[version] ?? "").trim();

/** Whether a box can stand as it is: empty, or a whole number of percent. */
export const isPercent = (text: string): boolean =>
  /^\d{0,3}$/.test(text.trim()) && Number(text.trim()) <= 100;

/** What the boxes give away, and what is left for the default version; below 0 when it is too much. */
export function restOf(draft: ShareDraft, versions: readonly string[]): number {
  const given = versions
    .map((version) => textOf(draft, version))
    .filter(isPercent)
    .reduce((sum, text) => sum + Number(text), 0);
  return 100 - given;
}

/** The shares as the engine takes them. */
export function sharesOf(draft: ShareDraft, versions: readonly string[]): TrafficShare[] {
  return versions
    .map((version) => ({ version, percent: Number(textOf(draft, version)) }))
    .filter((share) => share.percent > 0);
}

/** Whether a draft is what is set, whatever the order. */
export function isSame(draft: ShareDraft, shares: readonly TrafficShare[]): boolean {
  const set = draftOf(shares);
  const names = new Set([...Object.keys(draft), ...Object.keys(set)]);
  return [...names].every((name) => Number(textOf(draft, name)) === Number(textOf(set, name)));
}
