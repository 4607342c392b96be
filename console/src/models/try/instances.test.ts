import { expect, test } from "vitest";
import { base64Of, bodyOfFiles, bodyOfText, commandOfBody, commandOfFiles } from "./instances";

const instancesOf = (text: string, signature = "") => {
  const typed = bodyOfText(text, signature);
  return "body" in typed ? JSON.parse(typed.body) : typed;
};

test("a list, one value, one in each line and a whole request are instances", () => {
  expect(instancesOf("[[1, 2], [3, 4]]")).toEqual({
    instances: [
      [1, 2],
      [3, 4],
    ],
  });
  expect(instancesOf('{"x": 1}')).toEqual({ instances: [{ x: 1 }] });
  expect(instancesOf('{\n  "x": 1\n}')).toEqual({ instances: [{ x: 1 }] });
  expect(instancesOf('{"x": 1}\n\n{"x": 2}\n', "total")).toEqual({
    instances: [{ x: 1 }, { x: 2 }],
    signature_name: "total",
  });
  expect(instancesOf('{"instances": [1], "signature_name": "s"}')).toEqual({
    instances: [1],
    signature_name: "s",
  });
});

test("digits that the browser would lose are sent", () => {
  expect(bodyOfText("[9007199254740993]", "")).toMatchObject({
    body: '{"instances": [9007199254740993]}',
  });
});

test("a whole request keeps its signature, and gets the one that was typed when it has none", () => {
  const whole = '{"instances": [1], "signature_name": "s"}';
  expect(bodyOfText(whole, "other")).toEqual({ body: whole, signature: "s" });
  expect(instancesOf('{"instances": [1]}', " other ")).toEqual({ instances: [1], signature_name: "other" });
});

test("what is no JSON is told with its line", () => {
  expect(bodyOfText("  \n", "")).toEqual({ empty: true });
  expect(bodyOfText('{"x": 1}\n{"x": }', "")).toMatchObject({ line: 2 });
  expect(bodyOfText("[1, NaN]", "")).toMatchObject({ line: 1 });
  expect(bodyOfText('{\n "x": \n}', "")).toMatchObject({ line: 0 });
});

test("files go as base64 under their input's name", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, n) => n % 256);
  const base64 = base64Of(bytes);
  expect([...Buffer.from(base64, "base64")]).toEqual([...bytes]);
  expect(JSON.parse(bodyOfFiles([{ base64: "AA==" }, { base64: "" }], 'a"b', "s"))).toEqual({
    instances: [{ 'a"b': { b64: "AA==" } }, { 'a"b': { b64: "" } }],
    signature_name: "s",
  });
});

test("the command asks the same, safe for a shell", () => {
  const asked = { project: "p", model: "m", version: "v2", signature: "s" };
  expect(commandOfFiles(asked, "audio_bytes", ["yes.wav", "it's 1.wav"])).toBe(
    "mlengine predict --model=m --version=v2 --project=p --signature-name=s --file=audio_bytes=yes.wav\n" +
      "mlengine predict --model=m --version=v2 --project=p --signature-name=s '--file=audio_bytes=it'\\''s 1.wav'",
  );
  expect(
    commandOfBody({ ...asked, project: "default", version: "", signature: "" }, '{"instances": [1]}'),
  ).toBe("mlengine predict --model=m --json-request=- <<'END'\n{\"instances\": [1]}\nEND");
});
