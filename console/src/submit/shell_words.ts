/** Words as a POSIX shell would split them, without expanding anything. */
export interface ShellWords {
  words: string[];
  /** A quote or a backslash at the end that nothing closes. */
  open: boolean;
}

/** Splits a text of one or more lines; a `#` is a character like any other. */
export function splitWords(text: string): ShellWords {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  const end = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? "";
    if (quote === "'") {
      if (c === "'") quote = "";
      else word += c;
    } else if (c === "\\") {
      const next = text[at + 1];
      if (next === undefined) return { words, open: true };
      at += 1;
      if (next === "\n") continue; // joins lines
      // Inside double quotes a backslash is itself, but before these.
      word = (word ?? "") + (quote && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (quote) {
      if (c === quote) quote = "";
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (/\s/.test(c)) {
      end();
    } else {
      word = (word ?? "") + c;
    }
  }
  end();
  return { words, open: quote !== "" };
}

/** A word as one types it into a shell, in single quotes where it must be. */
export function quoteWord(word: string): string {
  if (/^[A-Za-z0-9_\-+=:,./@%^]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The text that splits into these words: a line for each flag with what belongs to it. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word, at) => {
      const isValue = !word.startsWith("--") && /^--[^=]+$/.test(words[at - 1] ?? "");
      return `${at === 0 ? "" : isValue ? " " : "\n"}${quoteWord(word)}`;
    })
    .join("");
}
