const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of "90", "30m", "2h 30m", "1.5h", "7d"; undefined when it is none. */
export function secondsOf(text: string): number | undefined {
  const words = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(words)) return Number(words);
  if (!/^(\d+(\.\d+)?\s*[smhd]\s*)+$/.test(words)) return undefined;
  let sum = 0;
  for (const [, count, unit] of words.matchAll(/(\d+(?:\.\d+)?)\s*([smhd])/g))
    sum += Number(count) * (seconds[unit ?? ""] ?? 0);
  return sum;
}

/** As the API writes a duration. What cannot be read goes as it is: the engine says what is wrong with it. */
export function durationOf(text: string): string {
  const sum = secondsOf(text);
  return sum === undefined ? text.trim() : `${sum}s`;
}

/** "7200s" as one would type it: "2h". */
export function textOf(duration: string): string {
  const sum = secondsOf(duration);
  if (sum === undefined || sum === 0) return duration;
  for (const unit of ["d", "h", "m"]) {
    const size = seconds[unit] ?? 1;
    if (sum % size === 0) return `${sum / size}${unit}`;
  }
  return `${sum}s`;
}
