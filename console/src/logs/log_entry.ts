/** An entry as the engine's doors give it. */
export interface LogEntry {
  insertId: string;
  timestamp: string;
  severity: string;
  task: string;
  trial?: string;
  message: string;
  json?: unknown;
}

/** From the least on; the engine knows them by name. */
export const severities = [
  "DEFAULT",
  "DEBUG",
  "INFO",
  "NOTICE",
  "WARNING",
  "ERROR",
  "CRITICAL",
  "ALERT",
  "EMERGENCY",
] as const;

export const rankOf = (severity: string): number =>
  Math.max(0, severities.indexOf(severity as (typeof severities)[number]));

/** Which entries are wanted; an empty one wants all. */
export interface LogFilter {
  /** The least. */
  severity: string;
  tasks: readonly string[];
  contains: string;
}

export const everything: LogFilter = { severity: "", tasks: [], contains: "" };

export const wantsAll = (filter: LogFilter): boolean =>
  filter.severity === "" && filter.tasks.length === 0 && filter.contains === "";

/** A to Z become small, as the engine's `contains` takes them; other letters stay, so places stay too. */
export const smallLetters = (text: string): string => text.replace(/[A-Z]+/g, (some) => some.toLowerCase());

/** Does an entry that was not asked for by filter pass one? `contains` is in small letters. */
export function passes(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.severity && rankOf(entry.severity) < rankOf(filter.severity)) return false;
  if (filter.tasks.length > 0 && !filter.tasks.includes(entry.task)) return false;
  return !filter.contains || has(entry, filter.contains);
}

/** Has an entry's message or JSON a text, which is in small letters? */
export function has(entry: LogEntry, small: string): boolean {
  if (smallLetters(entry.message).includes(small)) return true;
  return entry.json !== undefined && smallLetters(JSON.stringify(entry.json)).includes(small);
}

/** Its number in the log: insertIds are numbers of fixed width. */
export const numberOf = (insertId: string): number => Number(insertId) || 0;

/** "master", "worker 1", of "master-replica-0", "worker-replica-1"; what is no replica stays as it is. */
export function shortTask(task: string): string {
  const parts = /^(.+)-replica-(\d+)$/.exec(task);
  if (!parts) return task;
  return parts[1] === "master" ? "master" : `${parts[1]} ${parts[2]}`;
}

/** The master first, then by role, and by number: worker 2 before worker 10. */
export const byTask = (a: string, b: string): number =>
  Number(b.startsWith("master")) - Number(a.startsWith("master")) ||
  a.localeCompare(b, "en", { numeric: true });
