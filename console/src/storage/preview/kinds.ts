/** How an object is shown. What is not known is looked at: text, or else its first bytes in figures. */
export type Kind = "text" | "table" | "json" | "image" | "audio" | "bytes" | "unknown";

const endings: Record<string, Kind> = {
  csv: "table",
  tsv: "table",
  json: "json",
  jsonl: "json",
  ndjson: "json",
  png: "image",
  jpg: "image",
  jpeg: "image",
  gif: "image",
  webp: "image",
  bmp: "image",
  wav: "audio",
  mp3: "audio",
  ogg: "audio",
  oga: "audio",
  flac: "audio",
  m4a: "audio",
  // A program that could run in a page is text, whatever it calls itself.
  svg: "text",
  html: "text",
  htm: "text",
  xml: "text",
  js: "text",
  txt: "text",
  log: "text",
  py: "text",
  md: "text",
  yaml: "text",
  yml: "text",
  pbtxt: "text",
};

export function endingOf(name: string): string {
  const match = /\.([a-z0-9]+)$/i.exec(name);
  return match?.[1]?.toLowerCase() ?? "";
}

export function kindOf(name: string, type: string): Kind {
  const byName = endings[endingOf(name)];
  if (byName) return byName;
  const plain = type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (plain === "text/csv" || plain === "text/tab-separated-values") return "table";
  if (plain === "application/json") return "json";
  if (plain.includes("svg")) return "text";
  if (plain.startsWith("image/")) return "image";
  if (plain.startsWith("audio/")) return "audio";
  if (plain.startsWith("text/")) return "text";
  return "unknown";
}

/** Whether bytes are no text: they hold a NUL, or much that text has not. */
export function isBinary(bytes: Uint8Array): boolean {
  let odd = 0;
  for (const byte of bytes.subarray(0, 4096)) {
    if (byte === 0) return true;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27 && byte !== 12) odd += 1;
  }
  return odd > Math.min(bytes.length, 4096) * 0.05;
}

const signatures: [type: string, offset: number, bytes: number[]][] = [
  ["image/png", 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", 0, [0xff, 0xd8, 0xff]],
  ["image/gif", 0, [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", 8, [0x57, 0x45, 0x42, 0x50]],
  ["image/bmp", 0, [0x42, 0x4d]],
  ["audio/wav", 8, [0x57, 0x41, 0x56, 0x45]],
  ["audio/flac", 0, [0x66, 0x4c, 0x61, 0x43]],
  ["audio/ogg", 0, [0x4f, 0x67, 0x67, 0x53]],
  ["audio/mpeg", 0, [0x49, 0x44, 0x33]],
  ["audio/mpeg", 0, [0xff, 0xfb]],
  ["audio/mpeg", 0, [0xff, 0xf3]],
  ["audio/mp4", 4, [0x66, 0x74, 0x79, 0x70]],
];

/** The type that bytes have by how they begin: only such are handed to the browser as a picture or a sound. */
export function typeOfBytes(bytes: Uint8Array): string | undefined {
  return signatures.find(([, offset, begin]) => begin.every((byte, at) => bytes[offset + at] === byte))?.[0];
}
