import { expect, test } from "vitest";
import { peaksOf, readWave } from "./wave";

/** A WAV file of 16 bits, with a chunk of something else before its samples. */
function file(samples: number[], channels = 1, rate = 16_000, bits = 16): ArrayBuffer {
  const bytes = bits / 8;
  const buffer = new ArrayBuffer(12 + 24 + 10 + 8 + samples.length * bytes);
  const view = new DataView(buffer);
  const text = (at: number, word: string) => {
    for (const [n, c] of [...word].entries()) view.setUint8(at + n, c.charCodeAt(0));
  };
  text(0, "RIFF");
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint16(34, bits, true);
  text(36, "LIST");
  view.setUint32(40, 1, true); // odd: a byte follows that does not count
  text(46, "data");
  view.setUint32(50, samples.length * bytes, true);
  samples.forEach((sample, n) => {
    const at = 54 + n * bytes;
    if (bits === 16) view.setInt16(at, sample, true);
    else {
      view.setUint16(at, sample & 0xffff, true);
      view.setInt8(at + 2, sample >> 16);
    }
  });
  return buffer;
}

test("the header is read over other chunks", () => {
  const wave = readWave(file(Array(16_000).fill(0)));
  expect(wave).toMatchObject({ channels: 1, sampleRate: 16_000, bits: 16, seconds: 1 });
  expect(readWave(new TextEncoder().encode("RIFF....WAVE").buffer)).toBeUndefined();
  expect(readWave(new ArrayBuffer(3))).toBeUndefined();
});

test("peaks are the least and the most of each stretch, of the first channel", () => {
  const buffer = file([0, 16384, -16384, 0, 32767, 0, 0, -32768]);
  const wave = readWave(buffer);
  if (!wave) throw new Error("no wave");
  const { low, high } = peaksOf(buffer, wave, 2);
  expect([...low]).toEqual([-0.5, -1]);
  expect(high[0]).toBe(0.5);
  expect(high[1]).toBeCloseTo(1, 3);
  const stereo = file([8192, 32767, 8192, -32768], 2);
  const both = readWave(stereo);
  if (!both) throw new Error("no wave");
  expect([...peaksOf(stereo, both, 1).high]).toEqual([0.25]);
});

test("24 bits have their sign", () => {
  const buffer = file([-8388608, 4194304], 1, 16_000, 24);
  const wave = readWave(buffer);
  if (!wave) throw new Error("no wave");
  const { low, high } = peaksOf(buffer, wave, 1);
  expect([low[0], high[0]]).toEqual([-1, 0.5]);
});

test("more columns than samples", () => {
  const buffer = file([16384]);
  const wave = readWave(buffer);
  if (!wave) throw new Error("no wave");
  expect([...peaksOf(buffer, wave, 3).high]).toEqual([0.5, 0.5, 0.5]);
});
