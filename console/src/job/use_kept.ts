import { useRef } from "preact/hooks";

/** What was there last, while something else is being loaded: so that a page does not empty itself at each choice. */
export function useKept<Data>(data: Data | undefined): Data | undefined {
  const last = useRef<Data>();
  if (data !== undefined) last.current = data;
  return last.current;
}
