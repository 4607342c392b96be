import { send } from "~/api/http";
import { paths } from "~/api/resources";
import { partsOf } from "./gs_links";

/** An instance that failed, as the job's file of errors tells it. */
export interface PredictionError {
  file: string;
  /** "line 12" or "record 12" of the file, counted from 1; 0 when it is about the whole file. */
  unit: "line" | "record";
  number: number;
  error: string;
}

export const errorsFile = "prediction.errors_stats-00000-of-00001";
const firstBytes = 64 * 1024;
const most = 20;

/** The whole lines at the beginning of the file; the last one of a part may be cut. */
export function errorsOf(text: string): PredictionError[] {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter(Boolean).flatMap((line) => {
    try {
      const { file = "", line: at, record, error = "" } = JSON.parse(line) as Record<string, string | number>;
      const unit = record === undefined ? "line" : "record";
      return [{ file: String(file), unit, number: Number(record ?? at ?? 0), error: String(error) } as const];
    } catch {
      return [];
    }
  });
}

/** The first errors of a job that has ended, from the folder of its results. */
export async function loadErrors(folder: string, signal: AbortSignal): Promise<PredictionError[]> {
  const { bucket, name } = partsOf(folder) ?? { bucket: "", name: "" };
  const place = name.replace(/\/+$/, "");
  const path = paths.media(bucket, place ? `${place}/${errorsFile}` : errorsFile);
  const answer = await send(path, { signal, headers: { Range: `bytes=0-${firstBytes - 1}` } });
  return errorsOf(await answer.text()).slice(0, most);
}
