/** Names of the files in an archive are enough to tell which modules it has. */
const mostBytes = 64 * 1024 * 1024;
const block = 512;

const decoder = new TextDecoder();
const textAt = (bytes: Uint8Array, from: number, length: number): string => {
  const part = bytes.subarray(from, from + length);
  const zero = part.indexOf(0);
  return decoder.decode(zero < 0 ? part : part.subarray(0, zero));
};

/** The files of a .tar. */
export function tarNames(bytes: Uint8Array): string[] {
  const names: string[] = [];
  let long = "";
  for (let at = 0; at + block <= bytes.length; ) {
    if (bytes[at] === 0) break;
    const size = Number.parseInt(textAt(bytes, at + 124, 12).trim() || "0", 8);
    if (!Number.isFinite(size) || size < 0) break;
    const kind = String.fromCharCode(bytes[at + 156] ?? 0);
    const body = at + block;
    if (kind === "L") {
      long = textAt(bytes, body, size); // the name of the entry behind, of GNU's tar
    } else if (kind === "x") {
      long = /^\d+ path=(.*)$/m.exec(decoder.decode(bytes.subarray(body, body + size)))?.[1] ?? "";
    } else {
      const prefix = textAt(bytes, at + 257, 5) === "ustar" ? textAt(bytes, at + 345, 155) : "";
      const name = textAt(bytes, at, 100);
      if (kind === "0" || kind === "\0") names.push(long || (prefix ? `${prefix}/${name}` : name));
      long = "";
    }
    at = body + Math.ceil(size / block) * block;
  }
  return names;
}

/** The files of a .zip (a .whl is one), from the directory at its end. */
export function zipNames(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  const first = Math.max(0, end - 65_535);
  while (end >= first && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < first || end < 0) return [];
  const names: string[] = [];
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let n = 0; n < count && at + 46 <= bytes.length; n++) {
    if (view.getUint32(at, true) !== 0x02014b50) break;
    const length = view.getUint16(at + 28, true);
    names.push(decoder.decode(bytes.subarray(at + 46, at + 46 + length)));
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return names;
}

/** Modules that a job may run, the likeliest first: of packages, without setup files and tests. */
export function modulesOf(names: readonly string[]): string[] {
  const files = names.map((name) => name.replace(/^\.\//, ""));
  const tops = new Set(files.map((name) => name.split("/")[0] ?? ""));
  const only = [...tops][0] ?? "";
  // A source distribution has one folder around everything, whose name has a version in it.
  const wrapped = tops.size === 1 && !files.includes(`${only}/__init__.py`);
  const inside = wrapped ? files.map((name) => name.slice(only.length + 1)) : files;
  const packages = new Set(
    inside
      .filter((name) => name.endsWith("/__init__.py"))
      .map((name) => name.slice(0, -"/__init__.py".length)),
  );
  const rank = (module: string) => {
    const at = ["task", "__main__", "main", "train"].indexOf(module.split(".").at(-1) ?? "");
    return at < 0 ? 9 : at;
  };
  return inside
    .filter((name) => name.endsWith(".py") && packages.has(name.slice(0, name.lastIndexOf("/"))))
    .filter((name) => !/(^|\/)(__init__|setup|conftest|test_[^/]*|[^/]*_test)\.py$/.test(name))
    .map((name) => name.slice(0, -".py".length).replaceAll("/", "."))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

async function unpacked(file: Blob): Promise<Uint8Array> {
  const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    if (size <= mostBytes) continue;
    await reader.cancel(); // the names that came so far will do
    break;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The modules in a package; none when it cannot be read: then one types the name. */
export async function modulesIn(file: File): Promise<string[]> {
  try {
    if (/\.(whl|zip)$/.test(file.name)) {
      if (file.size > mostBytes) return [];
      return modulesOf(zipNames(new Uint8Array(await file.arrayBuffer())));
    }
    return modulesOf(tarNames(await unpacked(file)));
  } catch {
    return [];
  }
}
