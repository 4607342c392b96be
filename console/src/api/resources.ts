/** Where things are behind the engine's doors. Names are encoded here and nowhere else. */
const part = encodeURIComponent;

export const paths = {
  jobs: (project: string) => `/v1/projects/${part(project)}/jobs`,
  job: (project: string, job: string) => `/v1/projects/${part(project)}/jobs/${part(job)}`,
  /** Doors of our own, by project: `jobs:table`, `jobs:plan`, `quotas`. */
  own: (project: string, rest: string) => `/mlengine/v1/projects/${part(project)}/${rest}`,
  /** Doors of our own, of one job: "", "/explanation", "/log:window". */
  ownJob: (project: string, job: string, rest = "") =>
    `/mlengine/v1/projects/${part(project)}/jobs/${part(job)}${rest}`,
  engine: (rest: string) => `/mlengine/v1/${rest}`,
  bucket: (bucket: string) => `/storage/v1/b/${part(bucket)}`,
  object: (bucket: string, name: string) => `/storage/v1/b/${part(bucket)}/o/${part(name)}`,
  media: (bucket: string, name: string) => `/download/storage/v1/b/${part(bucket)}/o/${part(name)}?alt=media`,
  upload: (bucket: string) => `/upload/storage/v1/b/${part(bucket)}/o`,
};

/** Addresses of the console's own pages, without the /ui before them. */
export const pages = {
  jobs: (project: string) => `/?project=${part(project)}`,
  job: (project: string, job: string) => `/jobs/${part(job)}?project=${part(project)}`,
  jobLog: (project: string, job: string, line?: string) =>
    `/jobs/${part(job)}/log?project=${part(project)}${line ? `&line=${part(line)}` : ""}`,
  submit: (project: string, from?: string) =>
    `/submit?project=${part(project)}${from ? `&from=${part(from)}` : ""}`,
  models: (project: string) => `/models?project=${part(project)}`,
  model: (project: string, model: string) => `/models/${part(model)}?project=${part(project)}`,
  /** A folder is a query word, since its name may hold anything: "//", "..", "%2F". It ends with a slash. */
  storage: (project: string, bucket = "", folder = "", object = "") =>
    `/storage${bucket ? `/${part(bucket)}` : ""}?project=${part(project)}` +
    (folder ? `&folder=${part(folder.endsWith("/") ? folder : `${folder}/`)}` : "") +
    (object ? `&object=${part(object)}` : ""),
};
