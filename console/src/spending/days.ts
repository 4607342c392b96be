import type { CostRow } from "./doors";

const dayMs = 86_400_000;

export interface Days {
  /** Local midnights of the days, in seconds since 1970: where a chart of local time puts them. */
  x: number[];
  /** By currency, a sum for each day. */
  series: { currency: string; values: number[] }[];
}

/** Sums for each of the last `count` days (UTC), those without a job too. */
export function daysOf(rows: readonly CostRow[], count: number, now: number): Days {
  const names = Array.from({ length: count }, (_, n) =>
    new Date(now - (count - 1 - n) * dayMs).toISOString().slice(0, 10),
  );
  const place = new Map(names.map((name, index) => [name, index]));
  const currencies = [...new Set(rows.map((row) => row.currency))].sort();
  const series = currencies.map((currency) => {
    const values = new Array<number>(count).fill(0);
    for (const row of rows) {
      const index = place.get(row.group ?? "");
      if (index !== undefined && row.currency === currency) values[index] = Number(row.money);
    }
    return { currency, values };
  });
  return { x: names.map(localMidnight), series };
}

function localMidnight(name: string): number {
  const [year = 1970, month = 1, day = 1] = name.split("-").map(Number);
  return new Date(year, month - 1, day).getTime() / 1000;
}

/** Cents, or four digits where they would hide most of it. */
export function moneyText(money: number, currency: string): string {
  return `${money.toFixed(money > 0 && money < 0.1 ? 4 : 2)} ${currency}`.trimEnd();
}
