import type { Price } from "./job_detail";

export interface Arithmetic {
  currency: string;
  unitsPerHour: number;
  perHour: number;
  /** Price of one unit. */
  perUnit: number;
  units?: number;
  money?: number;
  /** Units times the price of one give the money, within the two digits that are told. */
  adds: boolean;
}

/** How the money of a job comes about; undefined where the list has no price for it. */
export function arithmeticOf(price: Price): Arithmetic | undefined {
  const { currency, unitsPerHour, perHour, used } = price;
  if (price.unknown || currency === undefined || perHour === undefined || !unitsPerHour) return undefined;
  const perUnit = perHour / unitsPerHour;
  const adds = used !== undefined && Math.abs(used.units * perUnit - used.money) <= 0.0051 * (1 + perUnit);
  return { currency, unitsPerHour, perHour, perUnit, units: used?.units, money: used?.money, adds };
}
