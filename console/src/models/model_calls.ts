import type { ModelJson, VersionJson } from "~/api/gen/mlengine/ml/v1/model_pb";
import { call, get, send } from "~/api/http";
import { loadServing, type ServedVersion, type Serving } from "./serving";

const part = encodeURIComponent;
const models = (project: string) => `/v1/projects/${part(project)}/models`;
const modelPath = (project: string, model: string) => `${models(project)}/${part(model)}`;
const versionPath = (project: string, model: string, version: string) =>
  `${modelPath(project, model)}/versions/${part(version)}`;

/** Where a version, or with "" the model itself, is asked. */
export const predictPath = (project: string, model: string, version: string): string =>
  `${version ? versionPath(project, model, version) : modelPath(project, model)}:predict`;

/** "m" of "projects/p/models/m". */
export const shortName = (name: string | undefined): string => name?.slice(name.lastIndexOf("/") + 1) ?? "";

export interface Operation {
  name: string;
  done?: boolean;
  error?: { code?: number; message?: string };
}

async function allOf<Item>(path: string, list: string, signal?: AbortSignal): Promise<Item[]> {
  const all: Item[] = [];
  let token = "";
  do {
    const answer = await get<Record<string, unknown>>(path, { pageToken: token, pageSize: 100 }, signal);
    all.push(...((answer[list] as Item[] | undefined) ?? []));
    token = (answer.nextPageToken as string | undefined) ?? "";
  } while (token);
  return all;
}

export const createModel = (project: string, name: string, description: string): Promise<ModelJson> =>
  call("POST", models(project), { body: { name, ...(description ? { description } : {}) } });

export const deleteModel = (project: string, model: string): Promise<Operation> =>
  call("DELETE", modelPath(project, model));

export const createVersion = (project: string, model: string, version: VersionJson): Promise<Operation> =>
  call("POST", `${modelPath(project, model)}/versions`, { body: version });

export const deleteVersion = (project: string, model: string, version: string): Promise<Operation> =>
  call("DELETE", versionPath(project, model, version));

export const setDefault = (project: string, model: string, version: string): Promise<VersionJson> =>
  call("POST", `${versionPath(project, model, version)}:setDefault`, { body: {} });

export const patchVersion = (
  project: string,
  model: string,
  version: string,
  fields: VersionJson,
  updateMask: string,
): Promise<Operation> =>
  call("PATCH", versionPath(project, model, version), { query: { updateMask }, body: fields });

/** An operation by its whole name, "projects/p/operations/o". */
export const getOperation = (name: string, signal?: AbortSignal): Promise<Operation> =>
  get(`/v1/${name.split("/").map(part).join("/")}`, {}, signal);

export async function cancelOperation(name: string): Promise<void> {
  await send(`/v1/${name.split("/").map(part).join("/")}:cancel`, { method: "POST" });
}

/** What the API says of a version beside its figures. */
export interface VersionRow {
  name: string;
  version: VersionJson;
  served?: ServedVersion;
}

export interface ModelDetail {
  project: string;
  name: string;
  model: ModelJson;
  serving: Serving;
  versions: VersionRow[];
}

export async function loadModel(project: string, name: string, signal?: AbortSignal): Promise<ModelDetail> {
  const [model, versions, serving] = await Promise.all([
    get<ModelJson>(modelPath(project, name), {}, signal),
    allOf<VersionJson>(`${modelPath(project, name)}/versions`, "versions", signal),
    loadServing(project, name, signal),
  ]);
  const figures = new Map(serving.versions.map((one) => [one.version, one]));
  const rows = versions.map((version) => {
    const short = shortName(version.name);
    return { name: short, version, served: figures.get(short) };
  });
  return { project, name, model, serving, versions: rows };
}

/** Whether a version changes by itself now. */
export const isMoving = (state: string | undefined): boolean =>
  state === "CREATING" || state === "DELETING" || state === "UPDATING";

/** A name for the next version: "v4" behind "v3", "v1" for the first. */
export function nextVersion(names: readonly string[]): string {
  const numbers = names.map((name) => Number(/^v(\d{1,6})$/.exec(name)?.[1] ?? 0));
  return `v${Math.max(0, ...numbers) + 1}`;
}
