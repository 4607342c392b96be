import { ApiError, EngineGone } from "~/api/http";
import { paths } from "~/api/resources";
import { goneSince, noteAnswer, noteSilence } from "~/live/connection";

/** What is sent, and where to. */
export interface Cargo {
  bucket: string;
  name: string;
  file: Blob;
  type: string;
  /** Otherwise an object of that name stays, and the answer is 412. */
  overwrite: boolean;
}

/** Larger ones are sent in pieces, so that a break costs one piece at most. */
export const pieceBytes = 8 * 1024 * 1024;

interface Sent {
  method: string;
  path: string;
  body?: Blob | string;
  headers?: Record<string, string>;
  signal: AbortSignal;
  onProgress?: (bytes: number) => void;
}

/** One request with progress of what was sent, which fetch does not tell. 308 is an answer as good as 200. */
function sendOne({ method, path, body, headers = {}, signal, onProgress }: Sent): Promise<XMLHttpRequest> {
  return new Promise((done, fail) => {
    if (signal.aborted) return fail(new DOMException("", "AbortError"));
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener("abort", stop);
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress?.(event.loaded);
    request.onabort = () => fail(new DOMException("", "AbortError"));
    request.onerror = () => {
      noteSilence();
      fail(new EngineGone());
    };
    request.onload = () => {
      noteAnswer();
      const good = (request.status >= 200 && request.status < 300) || request.status === 308;
      if (good) done(request);
      else fail(failureOf(request));
    };
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.send(body ?? null);
  });
}

function failureOf(request: XMLHttpRequest): ApiError {
  let message = `The engine answered ${request.status}.`;
  try {
    message =
      (JSON.parse(request.responseText) as { error?: { message?: string } }).error?.message ?? message;
  } catch {
    // no sentence
  }
  return new ApiError(request.status, "", message);
}

/** Waits until the engine answers again. */
function untilBack(signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    let unsubscribe = () => {};
    const end = () => {
      fail(new DOMException("", "AbortError"));
      unsubscribe();
    };
    signal.addEventListener("abort", end);
    unsubscribe = goneSince.subscribe((since) => {
      if (since !== undefined) return;
      signal.removeEventListener("abort", end);
      done();
      queueMicrotask(() => unsubscribe());
    });
  });
}

/** Does it again for as long as the engine is away meanwhile. */
async function patiently<Answer>(signal: AbortSignal, once: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof EngineGone)) throw error;
      await untilBack(signal);
    }
  }
}

/** How many bytes an unfinished upload has, by the Range of its 308. */
export function bytesThere(range: string | null): number {
  const match = /^bytes=0-(\d+)$/.exec(range ?? "");
  return match ? Number(match[1]) + 1 : 0;
}

/** Sends a file; ends when the object is stored. Throws ApiError, or an AbortError when `signal` says so. */
export async function transfer(
  cargo: Cargo,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const query = new URLSearchParams({ name: cargo.name });
  if (!cargo.overwrite) query.set("ifGenerationMatch", "0");
  if (cargo.file.size > pieceBytes) return transferInPieces(cargo, query, signal, onProgress);
  query.set("uploadType", "media");
  await patiently(signal, () =>
    sendOne({
      method: "POST",
      path: `${paths.upload(cargo.bucket)}?${query}`,
      body: cargo.file,
      headers: { "Content-Type": cargo.type },
      signal,
      onProgress,
    }),
  );
}

async function transferInPieces(
  cargo: Cargo,
  query: URLSearchParams,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const total = cargo.file.size;
  query.set("uploadType", "resumable");
  const started = await patiently(signal, () =>
    sendOne({
      method: "POST",
      path: `${paths.upload(cargo.bucket)}?${query}`,
      body: "{}",
      headers: {
        "Content-Type": "application/json",
        "X-Upload-Content-Type": cargo.type,
        "X-Upload-Content-Length": String(total),
      },
      signal,
    }),
  );
  const session = new URLSearchParams({
    uploadType: "resumable",
    upload_id: started.getResponseHeader("X-GUploader-UploadID") ?? "",
  });
  const path = `${paths.upload(cargo.bucket)}?${session}`;
  // The engine drops what a given-up upload has sent.
  signal.addEventListener("abort", () => void fetch(path, { method: "DELETE" }).catch(() => {}), {
    once: true,
  });
  for (let at = 0; ; ) {
    const piece = cargo.file.slice(at, at + pieceBytes);
    let answer: XMLHttpRequest;
    try {
      answer = await sendOne({
        method: "PUT",
        path,
        body: piece,
        headers: { "Content-Range": `bytes ${at}-${at + piece.size - 1}/${total}` },
        signal,
        onProgress: (bytes) => onProgress(at + bytes),
      });
    } catch (error) {
      if (!(error instanceof EngineGone)) throw error;
      answer = await patiently(signal, async () => {
        await untilBack(signal);
        return sendOne({ method: "PUT", path, headers: { "Content-Range": `bytes */${total}` }, signal });
      });
    }
    if (answer.status !== 308) return;
    at = bytesThere(answer.getResponseHeader("Range"));
    onProgress(at);
  }
}
