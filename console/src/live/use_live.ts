import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { EngineGone } from "~/api/http";
import { returns } from "./connection";

export interface Live<Data> {
  data: Data | undefined;
  /** Of the last try; the data of the one before stays. Not set while the engine is away: the page's banner tells. */
  error: unknown;
  refresh: () => void;
}

/**
 * Loads something again and again: at once, `everyMs` after each answer (0: never again), when the engine comes back, and when
 * the page is looked at again. `load` must be stable (useCallback): another one begins anew, without the old data.
 */
export function useLive<Data>(load: (signal: AbortSignal) => Promise<Data>, everyMs: number): Live<Data> {
  const [state, setState] = useState<{ data?: Data; error?: unknown }>({});
  const [turn, setTurn] = useState(0);
  const loaded = useRef<typeof load>();
  const back = returns.value;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` and `back` ask again
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (loaded.current !== load) setState({});
    loaded.current = load;
    const once = async () => {
      try {
        const data = await load(stop.signal);
        if (!stop.signal.aborted) setState({ data });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof EngineGone)) setState((before) => ({ data: before.data, error }));
      }
      if (everyMs > 0 && !stop.signal.aborted) timer = setTimeout(() => void whenSeen(), everyMs);
    };
    const whenSeen = async () => {
      if (!document.hidden) return once();
      document.addEventListener("visibilitychange", () => void whenSeen(), {
        once: true,
        signal: stop.signal,
      });
    };
    void once();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [load, everyMs, turn, back]);

  const refresh = useCallback(() => setTurn((n) => n + 1), []);
  return { data: state.data, error: state.error, refresh };
}
