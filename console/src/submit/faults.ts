import { ApiError } from "~/api/http";
import type { Draft } from "./draft";

/** The sentences that belong to a place of the form, by its name; those of no place are under "". */
export type Faults = Record<string, string[]>;

const places: Record<string, string> = {
  "job.job_id": "jobId",
  "job.labels": "labels",
  "job.training_input.package_uris": "packageUris",
  "job.training_input.python_module": "pythonModule",
  "job.training_input.args": "args",
  "job.training_input.job_dir": "jobDir",
  "job.training_input.scale_tier": "scaleTier",
  "job.training_input.region": "region",
  "job.training_input.runtime_version": "runtimeVersion",
  runtime_version: "runtimeVersion",
  "job.training_input.python_version": "pythonVersion",
  python_version: "pythonVersion",
  package_uris: "packageUris",
  "job.training_input.scheduling.max_running_time": "maxRunningTime",
};
for (const [role, snake] of [
  ["master", "master"],
  ["worker", "worker"],
  ["parameterServer", "parameter_server"],
]) {
  places[`job.training_input.${snake}_type`] = `${role}Type`;
  places[`job.training_input.${snake}_count`] = `${role}Count`;
  places[`job.training_input.${snake}_config.accelerator_config`] = `${role}Accelerator`;
  places[`job.training_input.${snake}_config.accelerator_config.count`] = `${role}Accelerator`;
  places[`job.training_input.${snake}_config.accelerator_config.type`] = `${role}Accelerator`;
}

/** The place of a field as the engine names it; "" when the form has none for it. */
export function placeOf(field: string): string {
  const plain = field.replaceAll(/\[[^\]]*\]/g, "");
  for (let name = plain; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const place = places[name];
    if (place) return place;
  }
  return "";
}

/** What the engine refused, each at its place: what a quota refuses belongs to the machines. */
export function faultsOf(error: unknown): Faults {
  const faults: Faults = {};
  const add = (place: string, text: string) => {
    faults[place] = [...(faults[place] ?? []), text];
  };
  if (!(error instanceof ApiError)) return faults;
  for (const { field, description } of error.fields) add(placeOf(field), description);
  if (error.fields.length === 0) add(error.httpStatus === 429 ? "scaleTier" : "", error.message);
  return faults;
}

/** Places that decide neither machines nor price nor runtime: a plan can be made without them. */
const aside = new Set(["jobId", "labels", "packageUris", "pythonModule", "jobDir", "args"]);

export const planStands = (faults: Faults): boolean => Object.keys(faults).every((place) => aside.has(place));

/** Whether a place is empty: what is missing is told once one tries to submit. */
export function isBlank(draft: Draft, place: string): boolean {
  if (place === "packageUris") return draft.packageUris.length === 0;
  if (place === "jobId" || place === "pythonModule" || place === "jobDir") return draft[place].trim() === "";
  return false;
}
