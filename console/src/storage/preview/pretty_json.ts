/**
 * Sets JSON in lines without reading its values, so that long numbers stay as they are; text that ends too early or is no
 * JSON comes out too. Values one after the other (JSON lines) begin a line each.
 */
export function prettyJson(text: string): string {
  let out = "";
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < text.length; ) {
    const c = text.charAt(at);
    if (c === '"') {
      const end = endOfString(text, at);
      out = withGap(out, depth) + text.slice(at, end);
      at = end;
    } else if (c === "{" || c === "[") {
      const close = c === "{" ? "}" : "]";
      const empty = /^\s*/.exec(text.slice(at + 1, at + 200))?.[0].length ?? 0;
      if (text[at + 1 + empty] === close) {
        out = withGap(out, depth) + c + close;
        at += empty + 2;
        continue;
      }
      out = withGap(out, depth) + c;
      depth += 1;
      out += line();
      at += 1;
    } else if (c === "}" || c === "]") {
      depth = Math.max(0, depth - 1);
      out += line() + c;
      at += 1;
    } else if (c === ",") {
      out += `,${line()}`;
      at += 1;
    } else if (c === ":") {
      out += ": ";
      at += 1;
    } else if (/\s/.test(c)) {
      at += 1;
    } else {
      const end = /[\s,:{}[\]"]|$/.exec(text.slice(at))?.index ?? 1;
      out = withGap(out, depth) + text.slice(at, at + Math.max(end, 1));
      at += Math.max(end, 1);
    }
  }
  return out;
}

// A value behind another at the top begins a line.
function withGap(out: string, depth: number): string {
  return depth === 0 && out !== "" && !/[\s:,]$/.test(out) ? `${out}\n` : out;
}

function endOfString(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
