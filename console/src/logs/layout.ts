/** Where each of many rows lies, by their heights. */
export class RowLayout {
  private tops = new Float64Array(1);
  count = 0;

  lay<Row>(rows: readonly Row[], heightOf: (row: Row) => number): void {
    this.count = rows.length;
    if (this.tops.length <= rows.length) this.tops = new Float64Array(rows.length + 1024);
    let top = 0;
    for (let n = 0; n < rows.length; n++) {
      this.tops[n] = top;
      top += heightOf(rows[n] as Row);
    }
    this.tops[rows.length] = top;
  }

  get total(): number {
    return this.tops[this.count] ?? 0;
  }

  top(index: number): number {
    return this.tops[Math.max(0, Math.min(index, this.count))] ?? 0;
  }

  height(index: number): number {
    return this.top(index + 1) - this.top(index);
  }

  /** The row at a height; the nearest where there is none; -1 without rows. */
  at(y: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.tops[middle + 1] ?? 0) <= y) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, this.count - 1);
  }
}
