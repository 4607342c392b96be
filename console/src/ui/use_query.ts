import { useCallback, useMemo } from "preact/hooks";
import { useLocation } from "wouter-preact";
// The other useSearch undoes a part of the encoding, so that %2541 would be read as "A".
import { useSearch } from "wouter-preact/use-browser-location";

type Change = Record<string, string | readonly string[] | undefined>;

/** The words behind the address's question mark, and a way to change some; so what is shown can be sent as a link. */
export function useQuery(): [URLSearchParams, (change: Change, options?: { push?: boolean }) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (next: Change, options: { push?: boolean } = {}) => {
      // From the address as it is now, so that two changes in a row both hold.
      const words = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(next)) {
        words.delete(name);
        if (value === undefined || value === "") continue;
        for (const one of typeof value === "string" ? [value] : value) words.append(name, one);
      }
      const text = words.toString();
      navigate(text ? `${path}?${text}` : path, { replace: !options.push });
    },
    [navigate, path],
  );
  return [query, change];
}

/** The project that the pages are about. */
export function useProject(): string {
  const [query] = useQuery();
  return query.get("project") || "default";
}
