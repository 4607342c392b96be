/** What a WAV file's header says, and where its samples are. */
export interface Wave {
  channels: number;
  sampleRate: number;
  bits: number;
  float: boolean;
  /** Of the first sample, and behind the last, in bytes. */
  begin: number;
  end: number;
  seconds: number;
}

const pcm = 1;
const ieeeFloat = 3;
const extensible = 0xfffe;

/** The header of a WAV file of whole or floating numbers; undefined when it is none. */
export function readWave(buffer: ArrayBuffer): Wave | undefined {
  const view = new DataView(buffer);
  const tag = (at: number) =>
    at + 4 <= view.byteLength ? String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n))) : "";
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE") return undefined;
  let format: { kind: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = tag(at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === "fmt " && size >= 16 && body + 16 <= view.byteLength) {
      let kind = view.getUint16(body, true);
      if (kind === extensible && size >= 26 && body + 26 <= view.byteLength)
        kind = view.getUint16(body + 24, true);
      format = {
        kind,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    }
    if (name === "data") {
      if (!format || format.channels === 0 || format.sampleRate === 0) return undefined;
      const float = format.kind === ieeeFloat;
      if (!float && format.kind !== pcm) return undefined;
      if (![8, 16, 24, 32].includes(format.bits) || (float && format.bits !== 32)) return undefined;
      const end = Math.min(body + size, view.byteLength);
      const frame = (format.bits / 8) * format.channels;
      return {
        channels: format.channels,
        sampleRate: format.sampleRate,
        bits: format.bits,
        float,
        begin: body,
        end,
        seconds: Math.floor((end - body) / frame) / format.sampleRate,
      };
    }
    at = body + size + (size % 2);
  }
  return undefined;
}

/** Least and most of each of `count` stretches of a sound, from -1 to 1. */
export interface Peaks {
  low: Float32Array;
  high: Float32Array;
}

/** The peaks of samples that `at(frame)` gives. */
export function peaksBy(frames: number, count: number, at: (frame: number) => number): Peaks {
  const low = new Float32Array(count);
  const high = new Float32Array(count);
  for (let column = 0; column < count; column++) {
    const from = Math.floor((column * frames) / count);
    const to = Math.max(Math.floor(((column + 1) * frames) / count), from + 1);
    // Of a long stretch not every sample: no eye sees the difference.
    const step = Math.max(1, Math.floor((to - from) / 2000));
    let least = 1;
    let most = -1;
    for (let frame = from; frame < Math.min(to, frames); frame += step) {
      const value = at(frame);
      if (value < least) least = value;
      if (value > most) most = value;
    }
    low[column] = least > most ? 0 : least;
    high[column] = least > most ? 0 : most;
  }
  return { low, high };
}

/** The peaks of a WAV file's first channel. */
export function peaksOf(buffer: ArrayBuffer, wave: Wave, count: number): Peaks {
  const view = new DataView(buffer);
  const frame = (wave.bits / 8) * wave.channels;
  const frames = Math.floor((wave.end - wave.begin) / frame);
  const sample = (at: number): number => {
    if (wave.float) return view.getFloat32(at, true);
    if (wave.bits === 8) return (view.getUint8(at) - 128) / 128;
    if (wave.bits === 16) return view.getInt16(at, true) / 32768;
    if (wave.bits === 24) return (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 8388608;
    return view.getInt32(at, true) / 2147483648;
  };
  return peaksBy(frames, count, (n) => sample(wave.begin + n * frame));
}
