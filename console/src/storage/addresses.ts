import { pages } from "~/api/resources";

/** What the storage page shows: all buckets, a folder of one (with its slash at the end; "" is the bucket itself), an object. */
export interface Place {
  bucket: string;
  folder: string;
  object: string;
}

/** The place of an address: /storage/BUCKET?folder=F&object=O, or by hand /storage/BUCKET/some/folder. */
export function placeOf(path: string, query: URLSearchParams): Place {
  const rest = path.replace(/^\/storage\/?/, "");
  const slash = rest.indexOf("/");
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const typed = slash < 0 ? "" : rest.slice(slash + 1);
  const folder = query.get("folder") ?? typed;
  return {
    bucket,
    folder: folder && !folder.endsWith("/") ? `${folder}/` : folder,
    object: query.get("object") ?? "",
  };
}

/** "b" of "a/b", "b/" of "a/b/", "/" of "a//": what a name adds to its folder. */
export function lastPart(name: string): string {
  const slash = name.length < 2 ? -1 : name.lastIndexOf("/", name.length - 2);
  return name.slice(slash + 1);
}

/** The folder that a name is in: "a/" of "a/b" and of "a/b/". */
export function folderOf(name: string): string {
  return name.slice(0, name.length - lastPart(name).length);
}

export interface Crumb {
  label: string;
  folder: string;
}

/** The folders on the way to one, it included. A part without a name is shown as the slash that it is. */
export function crumbsOf(folder: string): Crumb[] {
  const crumbs: Crumb[] = [];
  for (let slash = folder.indexOf("/"); slash >= 0; slash = folder.indexOf("/", slash + 1)) {
    const whole = folder.slice(0, slash + 1);
    crumbs.push({ label: lastPart(whole).replace(/(.)\/$/s, "$1"), folder: whole });
  }
  return crumbs;
}

export const uriOf = (bucket: string, name = ""): string => `gs://${bucket}/${name}`;

/** The address of a folder or of an object in it, by its name. */
export function pageOf(project: string, bucket: string, name: string): string {
  return name.endsWith("/")
    ? pages.storage(project, bucket, name)
    : pages.storage(project, bucket, folderOf(name), name);
}
