import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorNotice, Loading } from "~/ui/notices";

// Kept beyond the page, so that coming back to one draws it at once.
const loaded = new Map<() => Promise<ComponentType>, ComponentType>();

/** A page whose program is fetched when it is first looked at. */
export function LazyPage({ load }: { load: () => Promise<ComponentType> }): JSX.Element {
  const [, redraw] = useState(0);
  const [fault, setFault] = useState<unknown>();
  const Page = loaded.get(load);
  useEffect(() => {
    if (loaded.has(load)) return;
    setFault(undefined);
    load().then(
      (page) => {
        loaded.set(load, page);
        redraw((n) => n + 1);
      },
      (error: unknown) => setFault(error),
    );
  }, [load]);
  if (Page) return <Page />;
  // Of an engine that was upgraded meanwhile, whose console has other files.
  return fault ? <ErrorNotice error={fault} onRetry={() => window.location.reload()} /> : <Loading />;
}
