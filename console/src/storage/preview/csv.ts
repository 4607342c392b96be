/** Rows of comma-separated values (RFC 4180): quotes hold commas and line ends, a doubled quote is one. */
export function parseCsv(text: string, comma: string, most = Number.POSITIVE_INFINITY): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  let any = false; // something of this row was seen
  const endRow = () => {
    row.push(cell);
    rows.push(row);
    row = [];
    cell = "";
    any = false;
  };
  for (let at = 0; at < text.length && rows.length < most; at++) {
    const c = text[at];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (c === '"' && cell === "") {
      quoted = true;
      any = true;
    } else if (c === comma) {
      row.push(cell);
      cell = "";
      any = true;
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[at + 1] === "\n") at += 1;
      if (any) endRow();
    } else {
      cell += c;
      any = true;
    }
  }
  if (any && rows.length < most) endRow();
  return rows;
}

/** The mark between the values: of tab, semicolon and comma the one that the first line has most of. */
export function commaOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const count = (mark: string) => line.split(mark).length;
  return ["\t", ";"].reduce((best, mark) => (count(mark) > count(best) ? mark : best), ",");
}

/** Whether all values of a column behind its head are numbers, which are set to the right. */
export function isNumeric(rows: readonly string[][], column: number): boolean {
  let seen = false;
  for (const row of rows) {
    const cell = row[column]?.trim() ?? "";
    if (cell === "") continue;
    if (Number.isNaN(Number(cell))) return false;
    seen = true;
  }
  return seen;
}
