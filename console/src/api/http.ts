import { noteAnswer, noteSilence } from "~/live/connection";

/** What the engine said no with: the sentence of its error body, its status and which fields it was about. */
export class ApiError extends Error {
  constructor(
    readonly httpStatus: number,
    readonly status: string,
    message: string,
    readonly fields: { field: string; description: string }[] = [],
  ) {
    super(message);
  }
}

/** The engine did not answer at all; the pages wait for it and go on by themselves. */
export class EngineGone extends Error {
  constructor() {
    super("The engine does not answer.");
  }
}

export interface CallOptions {
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export function address(path: string, query: CallOptions["query"] = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "" || value === false) continue;
    if (Array.isArray(value)) for (const one of value) words.append(name, one);
    else words.set(name, String(value));
  }
  const text = words.toString();
  return text ? `${path}?${text}` : path;
}

interface ErrorBody {
  error?: {
    message?: string;
    status?: string;
    details?: { fieldViolations?: { field?: string; description?: string }[] }[];
  };
}

async function failureOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const { error = {} } = JSON.parse(text) as ErrorBody;
    const fields = (error.details ?? []).flatMap((detail) => detail.fieldViolations ?? []);
    return new ApiError(
      response.status,
      error.status ?? "",
      error.message ?? `The engine answered ${response.status}.`,
      fields.map((field) => ({ field: field.field ?? "", description: field.description ?? "" })),
    );
  } catch {
    return new ApiError(response.status, "", text.slice(0, 300) || `The engine answered ${response.status}.`);
  }
}

/** Sends a request as it is. ApiError for an answer that says no, EngineGone without one; an abort passes. */
export async function send(
  path: string,
  init: RequestInit & { query?: CallOptions["query"] },
): Promise<Response> {
  const { query, ...rest } = init;
  let response: Response;
  try {
    response = await fetch(address(path, query), { ...rest, cache: "no-store" });
  } catch (error) {
    if (rest.signal?.aborted) throw error;
    noteSilence();
    throw new EngineGone();
  }
  noteAnswer();
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** One call of a door that speaks JSON. */
export async function call<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { query, body, headers, signal } = options;
  const response = await send(path, {
    method,
    query,
    signal,
    headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    noteSilence(); // cut in the middle
    throw new EngineGone();
  }
}

export const get = <Answer>(
  path: string,
  query?: CallOptions["query"],
  signal?: AbortSignal,
): Promise<Answer> => call<Answer>("GET", path, { query, signal });

/** A sentence for a person, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
