import { language } from "./language";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const two = (n: number) => String(Math.floor(n)).padStart(2, "0");

/** "850 ms", "12.3 s", "2 m 08 s", "3 h 05 m", "2 d 04 h": two units at most, so that columns stay narrow. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0) return formatSeconds(0);
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < minute) return `${Math.floor(seconds)} s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} m ${two(seconds % minute)} s`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h ${two((seconds % hour) / minute)} m`;
  return `${Math.floor(seconds / day)} d ${two((seconds % day) / hour)} h`;
}

/** Of times that are known to the second only: "<1 s", "3 s", then as formatSeconds. */
export function formatWholeSeconds(seconds: number): string {
  if (seconds < 1) return "<1 s";
  return seconds < minute ? `${Math.floor(seconds)} s` : formatSeconds(seconds);
}

/** "1.5 GiB"; whole bytes below 1 KiB. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString(language.value);
}

/** Money as the engine prints it: two digits and the currency, the same in every language. */
export function formatMoney(amount: number, currency: string): string {
  return `${amount.toFixed(2)} ${currency}`;
}

/** The local date and time to the second, in digits that sort: "2026-11-28 09:15:03". */
export function formatTime(time: string | number | Date, milliseconds = false): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const text =
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return milliseconds ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

/** "3 minutes ago", in the language in use. */
export function formatAgo(time: string | number | Date, now: number): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  const size = Math.abs(seconds);
  if (size < minute) return format.format(Math.round(seconds), "second");
  if (size < hour) return format.format(Math.round(seconds / minute), "minute");
  if (size < day) return format.format(Math.round(seconds / hour), "hour");
  return format.format(Math.round(seconds / day), "day");
}

/** Seconds between two moments; undefined when one is not known. */
export function secondsBetween(from?: string, to?: string | number): number | undefined {
  if (!from || to === undefined || to === "") return undefined;
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}
