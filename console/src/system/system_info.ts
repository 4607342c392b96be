import { formatBytes, formatCount, formatSeconds } from "~/i18n/format";

export interface Limit {
  name: string;
  value: number | boolean | string;
  unit: string;
}

/** What GET /mlengine/v1/system answers. */
export interface SystemInfo {
  version: string;
  startTime: string;
  url?: string;
  dataFolder: string;
  bootId?: string;
  defaultRuntime?: string;
  programs: { name: string; bytes?: number; version?: string }[];
  disk: { freeBytes: number; lowWaterBytes: number; reserveBytes: number; low: boolean; sentence?: string };
  store: {
    jobs: { total: number; running: number };
    bytes?: Record<string, number>;
    measuredAt?: string;
  };
  limits: Limit[];
  logs?: { p99IngestSeconds?: number };
}

/** A limit as a person reads it; `words` for what is on or off. */
export function limitText({ value, unit }: Limit, words: { yes: string; no: string }): string {
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "string") return value;
  if (unit === "bytes") return formatBytes(value);
  if (unit === "bytes/s") return `${formatBytes(value)}/s`;
  if (unit === "seconds") return formatSeconds(value);
  if (unit === "percent") return `${value} %`;
  return unit ? `${formatCount(value)} ${unit}` : formatCount(value);
}

/** The parts of the data folder, the largest first, and what they are in all. */
export function partsOf(bytes: Record<string, number> | undefined): {
  parts: { name: string; bytes: number }[];
  total: number;
} {
  const parts = Object.entries(bytes ?? {})
    .map(([name, size]) => ({ name, bytes: size }))
    .sort((a, b) => b.bytes - a.bytes);
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0) };
}

/** The programs whose version is another than the server's: an upgrade was half done. */
export function strangers(info: SystemInfo): string[] {
  return info.programs
    .filter((program) => program.version !== undefined && program.version !== info.version)
    .map((program) => program.name);
}
