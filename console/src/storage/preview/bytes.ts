import { send } from "~/api/http";
import { paths } from "~/api/resources";
import type { StoredObject } from "../listing";

/** Bytes of that generation of an object, from `from`; all of it without `count`. */
export async function readBytes(
  bucket: string,
  object: StoredObject,
  from = 0,
  count?: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const range = count === undefined ? undefined : `bytes=${from}-${from + count - 1}`;
  const path = paths.media(bucket, object.name);
  const response = await send(object.generation ? `${path}&generation=${object.generation}` : path, {
    signal,
    headers: range ? { Range: range } : {},
  });
  return new Uint8Array(await response.arrayBuffer());
}

// What a terminal or a reader would obey rather than show: controls, and marks that turn the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

/** A text with what cannot be seen made visible. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(obeyed, (c) =>
      c === "\u007f" ? "\u2421" : c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "\ufffd",
    );
}
