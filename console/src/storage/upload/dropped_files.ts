export interface NamedFile {
  /** Its path below where it was dropped or chosen: "clips/yes/1.wav". */
  path: string;
  file: File;
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((done, fail) => entry.file(done, fail));

/** All of a folder; a reader gives a hundred at a time. */
async function inside(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function walk(entry: FileSystemEntry, into: NamedFile[]): Promise<void> {
  if (entry.isDirectory) {
    for (const one of await inside(entry as FileSystemDirectoryEntry)) await walk(one, into);
    return;
  }
  into.push({ path: entry.fullPath.replace(/^\//, ""), file: await fileOf(entry as FileSystemFileEntry) });
}

/** The files of a drop, those of dropped folders too. */
export async function droppedFiles(data: DataTransfer): Promise<NamedFile[]> {
  // Before anything is waited for: the list is empty afterwards.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...data.files].map((file) => ({ path: file.name, file }));
  const found: NamedFile[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** The files of a chooser; of a folder that was chosen with their paths. */
export const chosenFiles = (list: FileList | null): NamedFile[] =>
  [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
