import { ApiError, call, get, send } from "~/api/http";
import { paths } from "~/api/resources";

export interface Bucket {
  name: string;
  location?: string;
  storageClass?: string;
  timeCreated?: string;
}

/** An object as the storage API shows it; numbers of 64 bits are text there. */
export interface StoredObject {
  name: string;
  size?: string;
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  updated?: string;
  timeCreated?: string;
  generation?: string;
  metageneration?: string;
  md5Hash?: string;
  crc32c?: string;
  storageClass?: string;
  componentCount?: number;
  metadata?: Record<string, string>;
}

interface ListAnswer {
  prefixes?: string[];
  items?: StoredObject[];
  nextPageToken?: string;
}

/** A row of a folder: a folder in it (its name ends with a slash) or an object. */
export interface Entry {
  name: string;
  isFolder: boolean;
  size: number;
  type: string;
  updated: string;
  generation: string;
}

export interface Part {
  entries: Entry[];
  next: string;
}

// Without hashes: the engine would read whole files that it has not seen before.
const fields = "nextPageToken,prefixes,items(name,size,contentType,updated,generation)";

export function entriesOf(answer: ListAnswer, folder: string): Entry[] {
  const folders = (answer.prefixes ?? []).map((name) => ({
    name,
    isFolder: true,
    size: -1,
    type: "",
    updated: "",
    generation: "",
  }));
  const objects = (answer.items ?? [])
    .filter((item) => item.name !== folder) // what some programs put there so that a folder is seen
    .map((item) => ({
      name: item.name,
      isFolder: false,
      size: Number(item.size ?? 0),
      type: item.contentType ?? "",
      updated: item.updated ?? "",
      generation: item.generation ?? "",
    }));
  return [...folders, ...objects];
}

/** Up to a thousand rows of a folder whose names begin with `begin`. */
export async function listPart(
  bucket: string,
  folder: string,
  begin: string,
  token: string,
  signal?: AbortSignal,
): Promise<Part> {
  const answer = await get<ListAnswer>(
    `${paths.bucket(bucket)}/o`,
    { delimiter: "/", prefix: folder + begin, pageToken: token, maxResults: 1000, fields },
    signal,
  );
  return { entries: entriesOf(answer, folder), next: answer.nextPageToken ?? "" };
}

/** Every object under a prefix, those of its folders too. */
export async function listAllUnder(
  bucket: string,
  prefix: string,
  onFound: (objects: { name: string; generation: string }[]) => void,
  signal?: AbortSignal,
): Promise<void> {
  let token = "";
  do {
    const answer = await get<ListAnswer>(
      `${paths.bucket(bucket)}/o`,
      { prefix, pageToken: token, maxResults: 1000, fields: "nextPageToken,items(name,generation)" },
      signal,
    );
    onFound((answer.items ?? []).map((item) => ({ name: item.name, generation: item.generation ?? "" })));
    token = answer.nextPageToken ?? "";
  } while (token);
}

export async function listBuckets(project: string, signal?: AbortSignal): Promise<Bucket[]> {
  const all: Bucket[] = [];
  let token = "";
  do {
    const answer = await get<{ items?: Bucket[]; nextPageToken?: string }>(
      "/storage/v1/b",
      { project, pageToken: token },
      signal,
    );
    all.push(...(answer.items ?? []));
    token = answer.nextPageToken ?? "";
  } while (token);
  return all;
}

export const createBucket = (project: string, name: string): Promise<Bucket> =>
  call("POST", "/storage/v1/b", { query: { project }, body: { name } });

/** Deletes that generation of an object; one that was written again meanwhile stays. Gone already is as good. */
export async function deleteObject(bucket: string, name: string, generation: string): Promise<void> {
  try {
    await send(paths.object(bucket, name), {
      method: "DELETE",
      query: { ifGenerationMatch: generation || undefined },
    });
  } catch (error) {
    if (!(error instanceof ApiError && error.httpStatus === 404)) throw error;
  }
}

export const objectAt = (bucket: string, name: string, signal?: AbortSignal): Promise<StoredObject> =>
  get(paths.object(bucket, name), {}, signal);

/** By name, as the engine sorts; folders before objects. */
export type Order = "name" | "size" | "type" | "updated";

export function sorted(entries: readonly Entry[], order: Order, down: boolean): Entry[] {
  const sign = down ? -1 : 1;
  const key: (entry: Entry) => string | number = (entry) => entry[order];
  return [...entries].sort((a, b) => {
    if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1;
    const [left, right] = [key(a), key(b)];
    if (left !== right) return left < right ? -sign : sign;
    return a.name === b.name ? 0 : a.name < b.name ? -sign : sign;
  });
}
