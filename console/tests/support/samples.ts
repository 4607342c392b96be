// Files as training has them, made here.
import { deflateSync } from "node:zlib";

// node:zlib has it only in later versions.
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Names, labels, numbers and a text with commas and quotes, a row for each clip. */
export function csvFile(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, n) => `clip_${n}.wav,${["yes", "no", "up"][n % 3]},${((n % 97) / 97).toFixed(3)},"said, ""${n}"""`,
  );
  return `file,label,seconds,note\n${lines.join("\n")}\n`;
}

/** A sound of one channel, 16 bits and 16,000 Hz that fades. */
export function wavFile(seconds: number): Buffer {
  const rate = 16_000;
  const frames = Math.floor(rate * seconds);
  const file = Buffer.alloc(44 + frames * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + frames * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(frames * 2, 40);
  for (let n = 0; n < frames; n++)
    file.writeInt16LE(
      Math.round(20_000 * Math.exp(-n / rate) * Math.sin((2 * Math.PI * 440 * n) / rate)),
      44 + n * 2,
    );
  return file;
}

/** A picture of slowly changing colours. */
export function pngFile(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      rows.set([(x * 255) / width, (y * 255) / height, 128], y * (1 + width * 3) + 1 + x * 3);
  const chunk = (name: string, data: Buffer) => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(name, 4);
    data.copy(out, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
