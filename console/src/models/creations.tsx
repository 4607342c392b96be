import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, sentenceOf } from "~/api/http";
import { formatSeconds } from "~/i18n/format";
import { now } from "~/live/clock";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import { cancelOperation, getOperation, type Operation } from "./model_calls";

/** A version that this page has begun to make. */
interface Creation {
  version: string;
  operation: string;
  begun: number;
}

export interface Creations {
  list: Creation[];
  add: (version: string, operation: Operation) => void;
}

const pause = 500;

/** Follows the operations of new versions to their end, and says how they ended. */
export function useCreations(onEnd: () => void): Creations {
  const [list, setList] = useState<Creation[]>([]);
  const stop = useRef(new AbortController());
  const ended = useRef(onEnd);
  ended.current = onEnd;
  useEffect(() => {
    const { current } = stop;
    return () => current.abort();
  }, []);

  const tell = useCallback((version: string, operation: Operation) => {
    const { error } = operation;
    toast(error ? (error.message ?? "") : t("isReady", { name: version }), error !== undefined);
    ended.current();
  }, []);

  const follow = useCallback(
    async (version: string, name: string) => {
      const { signal } = stop.current;
      while (!signal.aborted) {
        await new Promise((done) => setTimeout(done, pause));
        try {
          const operation = await getOperation(name, signal);
          if (!operation.done) continue;
          tell(version, operation);
          break;
        } catch (error) {
          // While the engine is away it is asked again: it goes on with the operation when it is back.
          if (error instanceof ApiError) break;
        }
      }
      setList((before) => before.filter((one) => one.operation !== name));
    },
    [tell],
  );

  const add = useCallback(
    (version: string, operation: Operation) => {
      if (operation.done) return tell(version, operation);
      setList((before) => [...before, { version, operation: operation.name, begun: Date.now() }]);
      void follow(version, operation.name);
    },
    [follow, tell],
  );
  return { list, add };
}

/** What is being made, and a way to stop it. */
export function CreationNotices({ creations }: { creations: Creations }): JSX.Element | null {
  if (creations.list.length === 0) return null;
  return (
    <>
      {creations.list.map((one) => (
        <div key={one.operation} class="notice" role="status">
          <span class="spinner" aria-hidden="true" />
          <span>{t("creating", { name: one.version })}</span>
          <span class="quiet">{formatSeconds(Math.max(0, Math.floor((now.value - one.begun) / 1000)))}</span>
          <button
            type="button"
            class="button small"
            aria-label={t("stopOne", { name: one.version })}
            onClick={() => {
              cancelOperation(one.operation).catch((error: unknown) => toast(sentenceOf(error), true));
            }}
          >
            {t("stop")}
          </button>
        </div>
      ))}
    </>
  );
}
