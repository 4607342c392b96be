import { useEffect, useState } from "preact/hooks";
import type { StoredObject } from "../listing";
import { readBytes } from "./bytes";
import { typeOfBytes } from "./kinds";

export interface Media {
  bytes: Uint8Array<ArrayBuffer>;
  /** By how the bytes begin. */
  type: string;
  /** An address of the browser's memory; undefined when the bytes are no picture and no sound. */
  address?: string;
}

/** All bytes of a picture or a sound, and an address under which the browser has them. */
export function useMedia(
  bucket: string,
  object: StoredObject,
  family: "image/" | "audio/",
): { media?: Media; error?: unknown } {
  const [state, setState] = useState<{ media?: Media; error?: unknown }>({});
  const { name, generation } = object;
  useEffect(() => {
    const stop = new AbortController();
    let address: string | undefined;
    setState({});
    readBytes(bucket, { name, generation }, 0, undefined, stop.signal).then(
      (bytes) => {
        if (stop.signal.aborted) return;
        const type = typeOfBytes(bytes) ?? "";
        if (type.startsWith(family)) address = URL.createObjectURL(new Blob([bytes], { type }));
        setState({ media: { bytes, type, address } });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setState({ error });
      },
    );
    return () => {
      stop.abort();
      if (address) URL.revokeObjectURL(address);
    };
  }, [bucket, name, generation, family]);
  return state;
}
