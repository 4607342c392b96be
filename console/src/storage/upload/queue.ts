import { signal } from "@preact/signals";
import { ApiError, sentenceOf } from "~/api/http";
import { transfer } from "./transfer";

export type UploadState = "waiting" | "sending" | "done" | "failed" | "exists" | "cancelled";

export interface Upload {
  id: number;
  bucket: string;
  name: string;
  file: File;
  state: UploadState;
  /** Sent so far. */
  bytes: number;
  fault: string;
  overwrite: boolean;
}

/** All uploads of this visit, the newest last: they go on while other pages are looked at. */
export const uploads = signal<Upload[]>([]);

/** Grows when objects were stored: who shows a folder looks again. */
export const stored = signal(0);

const atOnce = 2;
const running = new Map<number, AbortController>();
let next = 0;

let noting: ReturnType<typeof setTimeout> | undefined;

// Not for each of a thousand small files.
function noteStored(): void {
  if (noting !== undefined) return;
  noting = setTimeout(() => {
    noting = undefined;
    stored.value += 1;
  }, 250);
}

function change(id: number, part: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...part } : one));
}

const types: Record<string, string> = {
  csv: "text/csv",
  json: "application/json",
  log: "text/plain",
  md: "text/markdown",
  py: "text/x-python",
  txt: "text/plain",
  wav: "audio/wav",
  yaml: "text/yaml",
  yml: "text/yaml",
};

export function typeOfFile(name: string, type: string): string {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return type || types[ending] || "application/octet-stream";
}

/** Lines up files, each with the name that it shall have in the bucket. */
export function upload(bucket: string, files: readonly { name: string; file: File }[]): void {
  uploads.value = [
    ...uploads.value,
    ...files.map(({ name, file }) => {
      next += 1;
      return {
        id: next,
        bucket,
        name,
        file,
        state: "waiting" as const,
        bytes: 0,
        fault: "",
        overwrite: false,
      };
    }),
  ];
  begin();
}

function begin(): void {
  for (const one of uploads.value) {
    if (running.size >= atOnce) return;
    if (one.state === "waiting") void send(one);
  }
}

async function send(one: Upload): Promise<void> {
  const stop = new AbortController();
  running.set(one.id, stop);
  change(one.id, { state: "sending", bytes: 0, fault: "" });
  let last = 0;
  try {
    await transfer({ ...one, type: typeOfFile(one.file.name, one.file.type) }, stop.signal, (bytes) => {
      // Not at each of a thousand reports a second.
      if (performance.now() - last < 100) return;
      last = performance.now();
      change(one.id, { bytes });
    });
    change(one.id, { state: "done", bytes: one.file.size });
    noteStored();
  } catch (error) {
    if (stop.signal.aborted) change(one.id, { state: "cancelled" });
    else if (error instanceof ApiError && error.httpStatus === 412) change(one.id, { state: "exists" });
    else change(one.id, { state: "failed", fault: sentenceOf(error) });
  }
  running.delete(one.id);
  begin();
}

/** Gives up an upload; what was sent of it is dropped. */
export function cancelUpload(id: number): void {
  const stop = running.get(id);
  if (stop) stop.abort();
  else change(id, { state: "cancelled" });
}

/** Sends those again: over what is there when `overwrite`. */
export function sendAgain(ids: readonly number[], overwrite: boolean): void {
  for (const id of ids) change(id, { state: "waiting", overwrite, fault: "" });
  begin();
}

export const isOpen = (one: Upload): boolean => one.state === "waiting" || one.state === "sending";

/** Takes those that are over from the list. */
export function clearUploads(): void {
  uploads.value = uploads.value.filter(isOpen);
}

// A page that is left takes its uploads with it: the browser asks first.
if (typeof window !== "undefined")
  window.addEventListener("beforeunload", (event) => {
    if (uploads.value.some(isOpen)) event.preventDefault();
  });
