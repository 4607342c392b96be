import { useState } from "preact/hooks";

const usual = "audio_bytes";
const key = (project: string, model: string) => `mlengine.try.${project}/${model}`;

function read(project: string, model: string): string {
  try {
    return localStorage.getItem(key(project, model)) ?? usual;
  } catch {
    return usual; // storage is off
  }
}

/** The name of a model's input for files, which the browser remembers for each model. */
export function useField(project: string, model: string): [string, (field: string) => void] {
  const [field, setField] = useState(() => read(project, model));
  return [
    field,
    (next) => {
      setField(next);
      try {
        localStorage.setItem(key(project, model), next);
      } catch {
        // not remembered
      }
    },
  ];
}
