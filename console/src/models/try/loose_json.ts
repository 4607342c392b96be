/** A value of an answer. Whole numbers beyond what a number of the browser holds exactly are bigint. */
export type Loose = null | boolean | string | number | bigint | Loose[] | LooseObject;
export interface LooseObject {
  [name: string]: Loose;
}

const bare = /(?:-?(?:Infinity|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN|true|false|null)/y;
const gap = /\s*/y;
const words: Record<string, Loose> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  true: true,
  false: false,
  null: null,
};

/**
 * Reads JSON as Python writes it: NaN, Infinity and -Infinity are values, which JSON itself has none for. Throws SyntaxError
 * for what is neither, as JSON.parse does.
 */
export function parseLoose(text: string): Loose {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  value(): Loose {
    const c = this.next();
    if (c === "{") return this.object();
    if (c === "[") return this.list();
    if (c === '"') return this.string();
    bare.lastIndex = this.at;
    const word = bare.exec(this.text)?.[0];
    if (word === undefined) return this.wrong();
    this.at += word.length;
    const known = words[word];
    if (known !== undefined) return known;
    const value = Number(word);
    return /^-?\d+$/.test(word) && !Number.isSafeInteger(value) ? BigInt(word) : value;
  }

  end(): void {
    if (this.next() !== "") this.wrong();
  }

  private next(): string {
    gap.lastIndex = this.at;
    this.at += gap.exec(this.text)?.[0].length ?? 0;
    return this.text.charAt(this.at);
  }

  private wrong(): never {
    throw new SyntaxError(`not JSON at character ${this.at}`);
  }

  private take(c: string): void {
    if (this.next() !== c) this.wrong();
    this.at += 1;
  }

  // Whether one more comes, behind a comma; else its end is taken.
  private more(end: string): boolean {
    if (this.next() === ",") {
      this.at += 1;
      return true;
    }
    this.take(end);
    return false;
  }

  private list(): Loose[] {
    this.take("[");
    const list: Loose[] = [];
    if (this.next() === "]") {
      this.at += 1;
      return list;
    }
    do list.push(this.value());
    while (this.more("]"));
    return list;
  }

  private object(): LooseObject {
    this.take("{");
    // Without a prototype, so that every name is only a name.
    const object: LooseObject = Object.create(null);
    if (this.next() === "}") {
      this.at += 1;
      return object;
    }
    do {
      if (this.next() !== '"') this.wrong();
      const name = this.string();
      this.take(":");
      object[name] = this.value();
    } while (this.more("}"));
    return object;
  }

  private string(): string {
    const begin = this.at;
    for (this.at += 1; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === "\\") this.at += 1;
      else if (c === '"') {
        this.at += 1;
        return JSON.parse(this.text.slice(begin, this.at)) as string;
      }
    }
    return this.wrong();
  }
}

export const isObject = (value: Loose | undefined): value is LooseObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
