/** One row of the labels' form. */
export interface LabelRow {
  key: string;
  value: string;
}

export const keyPattern = "[a-z][a-z0-9_\\-]{0,62}";
export const valuePattern = "[a-z0-9_\\-]{0,63}";

export const rowsOf = (labels: Record<string, string> | undefined): LabelRow[] =>
  Object.entries(labels ?? {})
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => a.key.localeCompare(b.key));

/** The rows as labels; the last of two with one key holds, and an empty row is none. */
export const labelsOf = (rows: LabelRow[]): Record<string, string> =>
  Object.fromEntries(rows.filter((row) => row.key !== "").map((row) => [row.key, row.value]));

type Labels = Record<string, string> | undefined;

export const sameLabels = (a: Labels, b: Labels): boolean =>
  JSON.stringify(rowsOf(a)) === JSON.stringify(rowsOf(b));
