import { useState } from "preact/hooks";
import { keep, readKept } from "~/ui/kept";

const usual = "audio_bytes";
const key = (project: string, model: string) => `mlengine.try.${project}/${model}`;

/** The name of a model's input for files, which the browser remembers for each model. */
export function useField(project: string, model: string): [string, (field: string) => void] {
  const [field, setField] = useState(() => readKept(key(project, model)) ?? usual);
  return [
    field,
    (next) => {
      setField(next);
      keep(key(project, model), next);
    },
  ];
}
