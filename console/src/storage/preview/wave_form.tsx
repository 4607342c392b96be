import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { shownTheme } from "~/ui/theme";
import type { Peaks } from "./wave";

const height = 120;

interface Props {
  peaks: Peaks;
  label: string;
  /** How far it was played, from 0 to 1. */
  at: number;
  onSeek: (share: number) => void;
}

/** A sound's peaks over its time; a click goes there (by keys the player below does). */
export function WaveForm({ peaks, label, at, onSeek }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const theme = shownTheme.value;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme has other colours
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen || width === 0) return;
    const dense = window.devicePixelRatio || 1;
    element.width = Math.round(width * dense);
    element.height = Math.round(height * dense);
    pen.scale(dense, dense);
    pen.clearRect(0, 0, width, height);
    const token = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
    const [played, ahead, line] = [token("--accent"), token("--line-strong"), token("--line")];
    const middle = height / 2;
    pen.fillStyle = line;
    pen.fillRect(0, middle, width, 1);
    const count = peaks.low.length;
    const step = 3; // a bar of two pixels and a gap
    for (let x = 0; x < width; x += step) {
      const from = Math.floor((x / width) * count);
      const to = Math.max(from + 1, Math.floor(((x + step) / width) * count));
      let low = 0;
      let high = 0;
      for (let n = from; n < Math.min(to, count); n++) {
        low = Math.min(low, peaks.low[n] ?? 0);
        high = Math.max(high, peaks.high[n] ?? 0);
      }
      pen.fillStyle = x / width < at ? played : ahead;
      const top = middle - high * (middle - 2);
      pen.fillRect(x, top, 2, Math.max(1, (high - low) * (middle - 2)));
    }
  }, [peaks, width, at, theme]);
  return (
    <canvas
      ref={canvas}
      class="wave"
      role="img"
      aria-label={label}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onSeek((event.clientX - box.left) / box.width);
      }}
    />
  );
}
