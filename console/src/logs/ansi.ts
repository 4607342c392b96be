/** A piece of a line that looks the same all over. */
export interface Piece {
  text: string;
  /** Class names of its colours and weight. */
  look: string;
  /** Stands for something that is not shown as it is: an escape sequence, a control character. */
  symbol?: boolean;
}

// Control characters but tab and line end, C1, and the characters that turn the direction of text around.
const unsafe = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const esc = "\u001b";

interface Sgr {
  ink?: number;
  ground?: number;
  bold?: boolean;
  faint?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  inverse?: boolean;
}

// By code, from 0 to 31.
const names = (
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI " +
  "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
).split(" ");

/** A character as a person can see it, in every font, and nothing interprets it. */
export function symbolOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = code === 0x7f ? "DEL" : names[code];
  return name ?? `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

const shown = (text: string): string => text.replace(unsafe, symbolOf);

/** A text in pieces: SGR sequences become looks, any other escape sequence and control character a symbol. */
export function readAnsi(text: string): Piece[] {
  const pieces: Piece[] = [];
  let state: Sgr = {};
  let look = "";
  let from = 0;
  unsafe.lastIndex = 0;
  for (let found = unsafe.exec(text); found; found = unsafe.exec(text)) {
    const at = found.index;
    if (at > from) pieces.push({ text: text.slice(from, at), look });
    from = at + 1;
    if (found[0] !== esc) {
      pieces.push({ text: symbolOf(found[0]), look, symbol: true });
    } else {
      const sequence = sequenceAt(text, at);
      from = at + sequence.length;
      const colours = sgrOf(sequence);
      if (colours) {
        state = applySgr(state, colours);
        look = lookOf(state);
      } else {
        pieces.push({ text: cut(shown(sequence), 40), look, symbol: true });
      }
    }
    unsafe.lastIndex = from;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), look });
  return pieces;
}

/** The text alone, as it is shown. */
export const plainText = (text: string): string =>
  readAnsi(text)
    .map((piece) => piece.text)
    .join("");

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

const pairs = /[\u0020-\u002f]*[\u0030-\u007e]/y;
const control = /[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]/y;
const longest = 4096;

/** The escape sequence that begins at `at`, as terminals read it; the escape alone where it is none. */
function sequenceAt(text: string, at: number): string {
  const kind = text[at + 1];
  if (kind === "[") return matchAt(control, text, at, 2);
  if (kind !== undefined && "]PX^_".includes(kind)) {
    // Up to its end by BEL or ESC \; without one only the beginning is taken.
    const limit = Math.min(text.length, at + longest);
    for (let n = at + 2; n < limit; n++) {
      if (text[n] === "\u0007") return text.slice(at, n + 1);
      if (text[n] === esc) return text.slice(at, text[n + 1] === "\\" ? n + 2 : n);
      if (text[n] === "\n") break;
    }
    return text.slice(at, at + 2);
  }
  return matchAt(pairs, text, at, 1);
}

function matchAt(form: RegExp, text: string, at: number, lead: number): string {
  form.lastIndex = at + lead;
  const found = form.exec(text);
  return text.slice(at, at + lead + (found ? found[0].length : 0));
}

/** The numbers of a sequence of colours and weight; nothing for any other. */
function sgrOf(sequence: string): number[] | undefined {
  if (!/^.\[[\d;:]*m$/.test(sequence)) return undefined;
  const numbers: number[] = [];
  for (const part of sequence.slice(2, -1).split(";")) {
    const [first = 0, ...rest] = part.split(":").map((digits) => Number(digits || "0"));
    if (rest.length === 0) numbers.push(first);
    // 38:2::r:g:b has a place for a colour space, which nobody names.
    else if (first === 38 || first === 48)
      numbers.push(first, ...(rest.length > 4 ? [2, ...rest.slice(2, 5)] : rest));
    else if (first === 4) numbers.push(rest[0] === 0 ? 24 : 4);
  }
  return numbers;
}

function applySgr(before: Sgr, numbers: readonly number[]): Sgr {
  let state: Sgr = { ...before };
  for (let n = 0; n < numbers.length; n++) {
    const code = numbers[n] ?? 0;
    if (code === 0) state = {};
    else if (code === 1) state.bold = true;
    else if (code === 2) state.faint = true;
    else if (code === 3) state.italic = true;
    else if (code === 4 || code === 21) state.underline = true;
    else if (code === 7) state.inverse = true;
    else if (code === 9) state.strike = true;
    else if (code === 22) state.bold = state.faint = undefined;
    else if (code === 23) state.italic = undefined;
    else if (code === 24) state.underline = undefined;
    else if (code === 27) state.inverse = undefined;
    else if (code === 29) state.strike = undefined;
    else if (code >= 30 && code <= 37) state.ink = code - 30;
    else if (code >= 90 && code <= 97) state.ink = code - 82;
    else if (code === 39) state.ink = undefined;
    else if (code >= 40 && code <= 47) state.ground = code - 40;
    else if (code >= 100 && code <= 107) state.ground = code - 92;
    else if (code === 49) state.ground = undefined;
    else if (code === 38 || code === 48) {
      const indexed = numbers[n + 1] === 5;
      const colour = indexed
        ? indexedColour(numbers[n + 2] ?? 0)
        : nearest(numbers[n + 2] ?? 0, numbers[n + 3] ?? 0, numbers[n + 4] ?? 0);
      if (code === 38) state.ink = colour;
      else state.ground = colour;
      n += indexed ? 2 : 4;
    }
  }
  return state;
}

function indexedColour(index: number): number | undefined {
  if (index < 16) return index;
  if (index >= 232) return index < 244 ? 8 : undefined;
  const step = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const cube = index - 16;
  return nearest(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}

/** Of the named colours, which both themes have in a readable tone, the one of that hue; greys are the text's own. */
function nearest(red: number, green: number, blue: number): number | undefined {
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (most === 0 || spread / most < 0.2) return most > 40 && most < 150 ? 8 : undefined;
  let hue = 0;
  if (most === red) hue = ((green - blue) / spread + 6) % 6;
  else if (most === green) hue = (blue - red) / spread + 2;
  else hue = (red - green) / spread + 4;
  return [1, 3, 2, 6, 4, 5][Math.round(hue) % 6];
}

function lookOf(state: Sgr): string {
  const looks: string[] = [];
  const ground = state.inverse ? (state.ink ?? 7) : state.ground;
  // A ground has the plain text's colour on it: other pairs might not be readable.
  if (ground !== undefined) looks.push(`ground-${ground % 8}`);
  else if (state.ink !== undefined) looks.push(`ink-${state.ink === 8 ? "faint" : state.ink % 8}`);
  else if (state.faint) looks.push("ink-faint");
  if (state.bold) looks.push("bold");
  if (state.italic) looks.push("italic");
  if (state.underline) looks.push("underline");
  if (state.strike) looks.push("strike");
  return looks.join(" ");
}
