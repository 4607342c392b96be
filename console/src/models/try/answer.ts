import { send } from "~/api/http";
import { isObject, type Loose, parseLoose } from "./loose_json";

/** What a version said: predictions, why it refuses, or something else as it came. */
export type Answer =
  | { kind: "predictions"; predictions: Loose[]; text: string }
  | { kind: "refused"; error: string; text: string }
  | { kind: "other"; text: string };

export function readAnswer(text: string): Answer {
  let value: Loose;
  try {
    value = parseLoose(text);
  } catch {
    return { kind: "other", text };
  }
  if (isObject(value)) {
    if (Array.isArray(value.predictions))
      return { kind: "predictions", predictions: value.predictions, text };
    if (typeof value.error === "string") return { kind: "refused", error: value.error, text };
  }
  return { kind: "other", text };
}

export interface Told {
  answer: Answer;
  /** The version that answered. */
  version: string;
  /** From the request to its whole answer, as the browser saw it. */
  seconds: number;
}

export async function predict(path: string, body: string): Promise<Told> {
  const begin = performance.now();
  const response = await send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  const text = await response.text();
  return {
    answer: readAnswer(text),
    version: response.headers.get("X-Mlengine-Version") ?? "",
    seconds: (performance.now() - begin) / 1000,
  };
}
