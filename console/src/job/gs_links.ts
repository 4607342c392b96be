import { pages } from "~/api/resources";

/** The parts of "gs://bucket/a/b"; undefined of another address. */
export function partsOf(address: string): { bucket: string; name: string } | undefined {
  const [, bucket, name = ""] = /^gs:\/\/([^/]+)\/?(.*)$/s.exec(address) ?? [];
  return bucket ? { bucket, name } : undefined;
}

/** The storage page of a folder, or of the folder that a file is in. */
export function storageLink(project: string, address: string, isFile = false): string | undefined {
  const parts = partsOf(address);
  if (!parts) return undefined;
  const folder = isFile ? parts.name.split("/").slice(0, -1).join("/") : parts.name.replace(/\/+$/, "");
  return pages.storage(project, parts.bucket, folder ? `${folder}/` : "");
}

/** A package's file name, and the digest under which it was staged, if it was. */
export function packageOf(address: string): { name: string; hash: string } {
  const words = address.split("/");
  const hash = words.at(-2) ?? "";
  return { name: words.at(-1) ?? address, hash: /^[0-9a-f]{64}$/.test(hash) ? hash : "" };
}
