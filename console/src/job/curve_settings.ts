import { useQuery } from "~/ui/use_query";
import type { Axis } from "./curves";

/** What the curves' page shows, kept in the address. */
export interface CurveSettings {
  axis: Axis;
  log: boolean;
  smoothing: number;
  /** Undefined: nothing was chosen yet. */
  tags: string[] | undefined;
  runs: string[] | undefined;
  compare: string[];
}

const axes: Axis[] = ["step", "time", "elapsed"];

export function settingsOf(query: URLSearchParams): CurveSettings {
  const smoothing = Number(query.get("smooth") ?? 0);
  const chosen = (name: string) =>
    query.has(name) ? query.getAll(name).filter((one) => one !== "none") : undefined;
  return {
    axis: axes.find((axis) => axis === query.get("axis")) ?? "step",
    log: query.get("log") === "1",
    smoothing: smoothing > 0 && smoothing < 1 ? smoothing : 0,
    tags: chosen("tag"),
    runs: chosen("run"),
    compare: [...new Set(query.getAll("compare"))].slice(0, 7),
  };
}

/** The settings, and a way to change some. */
export function useCurveSettings(): [CurveSettings, (change: Partial<CurveSettings>) => void] {
  const [query, change] = useQuery();
  const list = (all: string[]) => (all.length > 0 ? all : ["none"]);
  const set = ({ axis, log, smoothing, tags, runs, compare }: Partial<CurveSettings>) =>
    change({
      ...(axis ? { axis: axis === "step" ? undefined : axis } : {}),
      ...(log === undefined ? {} : { log: log ? "1" : undefined }),
      ...(smoothing === undefined ? {} : { smooth: smoothing > 0 ? String(smoothing) : undefined }),
      ...(tags ? { tag: list(tags) } : {}),
      ...(runs ? { run: list(runs) } : {}),
      ...(compare ? { compare } : {}),
    });
  return [settingsOf(query), set];
}
