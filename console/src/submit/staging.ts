import { ApiError, call, get, send } from "~/api/http";
import { paths } from "~/api/resources";

/** What the engine takes as a package, by its name. */
export const isPackage = (name: string): boolean => /\.(tar\.gz|tgz|whl|zip)$/.test(name);

const folder = "mlengine-packages";

async function digestOf(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function isStaged(bucket: string, name: string, size: number): Promise<boolean> {
  try {
    const found = await get<{ size?: string }>(paths.object(bucket, name));
    return Number(found.size) === size;
  } catch (error) {
    if (error instanceof ApiError && error.httpStatus === 404) return false;
    throw error;
  }
}

/** Puts a package where its content names it, unless it is there; its gs:// address. */
export async function stage(file: File, bucket: string): Promise<string> {
  const name = `${folder}/${await digestOf(file)}/${file.name}`;
  if (!(await isStaged(bucket, name, file.size))) {
    await send(paths.upload(bucket), {
      method: "POST",
      query: { uploadType: "media", name },
      headers: { "Content-Type": file.type || "application/octet-stream" },
      body: file,
    });
  }
  return `gs://${bucket}/${name}`;
}

export async function bucketNames(project: string, signal?: AbortSignal): Promise<string[]> {
  const answer = await get<{ items?: { name: string }[] }>("/storage/v1/b", { project }, signal);
  return (answer.items ?? []).map((bucket) => bucket.name);
}

export async function makeBucket(project: string, name: string): Promise<void> {
  await call("POST", "/storage/v1/b", { query: { project }, body: { name } });
}

/** The bucket that one begins with where there is none: the names of all projects are one space. */
export const firstBucket = (project: string): string =>
  `${project.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}-mlengine`;

export interface Folder {
  folders: string[];
  packages: { name: string; size: number; updated: string }[];
}

interface Listing {
  prefixes?: string[];
  items?: { name: string; size?: string; updated?: string }[];
  nextPageToken?: string;
}

/** The folders and packages in a folder of a bucket ("" or "a/b/"). */
export async function browse(bucket: string, prefix: string, signal?: AbortSignal): Promise<Folder> {
  const found: Folder = { folders: [], packages: [] };
  let pageToken: string | undefined;
  do {
    const page: Listing = await get(
      `${paths.bucket(bucket)}/o`,
      { prefix, delimiter: "/", maxResults: 1000, pageToken },
      signal,
    );
    found.folders.push(...(page.prefixes ?? []));
    for (const item of page.items ?? []) {
      if (!isPackage(item.name)) continue;
      found.packages.push({ name: item.name, size: Number(item.size ?? 0), updated: item.updated ?? "" });
    }
    pageToken = page.nextPageToken;
  } while (pageToken && found.packages.length + found.folders.length < 5000);
  return found;
}

export interface StagedPackage {
  uri: string;
  /** The newest job that uses it, and the module that it ran. */
  jobId: string;
  module: string;
  createTime: string;
}

interface JobsPage {
  jobs?: {
    jobId?: string;
    createTime?: string;
    trainingInput?: { packageUris?: string[]; pythonModule?: string };
  }[];
}

/** The packages of the project's newest jobs, each once, the newest first. */
export async function packagesOfJobs(project: string, signal?: AbortSignal): Promise<StagedPackage[]> {
  const { jobs = [] } = await get<JobsPage>(paths.jobs(project), { pageSize: 100 }, signal);
  const found = new Map<string, StagedPackage>();
  for (const { jobId = "", createTime = "", trainingInput } of jobs) {
    for (const uri of trainingInput?.packageUris ?? []) {
      if (found.has(uri)) continue;
      found.set(uri, { uri, jobId, module: trainingInput?.pythonModule ?? "", createTime });
    }
  }
  return [...found.values()];
}
