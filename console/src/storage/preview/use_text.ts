import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { StoredObject } from "../listing";
import { readBytes } from "./bytes";
import { isBinary } from "./kinds";

const firstBytes = 64 * 1024;
const moreBytes = 512 * 1024;
/** Beyond this a browser grows slow; the object can be downloaded. */
export const mostBytes = 8 * 1024 * 1024;

interface State {
  text: string;
  /** Of the object, so far. */
  bytes: number;
  /** Of an object that is no text: its first bytes. */
  raw?: Uint8Array;
  error?: unknown;
  busy: boolean;
}

export interface TextPart extends State {
  /** All of the object is there. */
  whole: boolean;
  more?: () => void;
}

/** The beginning of an object as text, and more of it when asked. */
export function useText(bucket: string, object: StoredObject): TextPart {
  const { name, generation, contentEncoding } = object;
  const size = Number(object.size ?? 0);
  // The browser unpacks those, which it can only from the beginning to the end.
  const packed = contentEncoding === "gzip";
  const [state, setState] = useState<State>({ text: "", bytes: 0, busy: true });
  const decoder = useRef<TextDecoder>();
  const stop = useRef<AbortController>();

  const read = useCallback(
    async (from: number, count: number) => {
      const mine = new AbortController();
      stop.current?.abort();
      stop.current = mine;
      setState((before) => ({ ...before, busy: true, error: undefined }));
      try {
        const bytes = await readBytes(
          bucket,
          { name, generation },
          from,
          packed ? undefined : count,
          mine.signal,
        );
        if (mine.signal.aborted) return;
        if (from === 0 && isBinary(bytes)) {
          setState({ text: "", bytes: bytes.length, raw: bytes.subarray(0, 512), busy: false });
          return;
        }
        if (from === 0) decoder.current = new TextDecoder();
        const text = decoder.current?.decode(bytes, { stream: true }) ?? "";
        setState((before) => ({
          text: from === 0 ? text : before.text + text,
          bytes: packed ? size : from + bytes.length,
          busy: false,
        }));
      } catch (error) {
        if (!mine.signal.aborted) setState((before) => ({ ...before, busy: false, error }));
      }
    },
    [bucket, name, generation, packed, size],
  );
  useEffect(() => {
    void read(0, firstBytes);
    return () => stop.current?.abort();
  }, [read]);

  const whole = state.bytes >= size;
  const canMore = !whole && !state.raw && state.bytes < mostBytes;
  return { ...state, whole, more: canMore ? () => void read(state.bytes, moreBytes) : undefined };
}
