import { expect, test } from "vitest";
import { isBinary, kindOf, typeOfBytes } from "./kinds";

const bytes = (text: string) => new TextEncoder().encode(text);

test("the ending says how an object is shown, then its type", () => {
  expect(kindOf("a/labels.csv", "application/octet-stream")).toBe("table");
  expect(kindOf("a.JSON", "")).toBe("json");
  expect(kindOf("clip.wav", "")).toBe("audio");
  expect(kindOf("noending", "image/png")).toBe("image");
  expect(kindOf("noending", "text/plain; charset=utf-8")).toBe("text");
  expect(kindOf("model.ckpt-100.index", "application/octet-stream")).toBe("unknown");
  expect(kindOf("a.b/c", "")).toBe("unknown");
});

test("what a browser could run is text", () => {
  expect(kindOf("x.svg", "image/svg+xml")).toBe("text");
  expect(kindOf("x", "image/svg+xml")).toBe("text");
  expect(kindOf("x.html", "text/html")).toBe("text");
  expect(kindOf("x", "text/html")).toBe("text");
});

test("bytes tell what they are", () => {
  expect(isBinary(bytes("loss: 0.1\n\tstep 2\r\n\u001b[31mred\u001b[0m 한글"))).toBe(false);
  expect(isBinary(new Uint8Array([65, 66, 0, 67]))).toBe(true);
  expect(isBinary(new Uint8Array([1, 2, 3, 4, 5, 65]))).toBe(true);
  expect(isBinary(new Uint8Array())).toBe(false);
  expect(typeOfBytes(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]))).toBe("image/png");
  expect(typeOfBytes(bytes("RIFF....WAVEfmt "))).toBe("audio/wav");
  expect(typeOfBytes(bytes("<svg onload=alert(1)>"))).toBeUndefined();
  expect(typeOfBytes(bytes("<html>"))).toBeUndefined();
});
