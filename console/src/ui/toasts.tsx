import { signal } from "@preact/signals";
import type { JSX } from "preact";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const shown = signal<Toast[]>([]);
let next = 0;

/** Says something at the edge of the page for a few seconds; a fault stays longer. Screen readers hear it. */
export function toast(text: string, bad = false): void {
  next += 1;
  const id = next;
  shown.value = [...shown.value.slice(-3), { id, text, bad }];
  setTimeout(
    () => {
      shown.value = shown.value.filter((one) => one.id !== id);
    },
    bad ? 12_000 : 5_000,
  );
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((one) => (
        <div key={one.id} class={one.bad ? "toast bad" : "toast"}>
          {one.text}
        </div>
      ))}
    </div>
  );
}
