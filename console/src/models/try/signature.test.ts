import { expect, test } from "vitest";
import { instanceFor, type SignatureInfo, signatureOf } from "./signature";

const signature = (name: string, isDefault: boolean, inputs: SignatureInfo["inputs"]): SignatureInfo => ({
  name,
  isDefault,
  inputs,
  outputs: [],
  text: "",
});

test("the signature that a request without a name gets", () => {
  const told = {
    answeredBy: "tensorflow",
    signatures: [signature("other", false, []), signature("serving_default", true, [])],
  };
  expect(signatureOf(told, "")?.name).toBe("serving_default");
  expect(signatureOf(told, "other")?.name).toBe("other");
  expect(signatureOf(told, "none")).toBeUndefined();
  expect(signatureOf({ answeredBy: "xgboost" }, "")).toBeUndefined();
});

test("an instance has every input by its type and shape", () => {
  const inputs = [
    { name: "x", dtype: "float32", shape: [-1, 2, -1] },
    { name: "audio_bytes", dtype: "string", shape: [-1] },
    { name: "name", dtype: "string", shape: [-1] },
    { name: "on", dtype: "bool", shape: null },
  ];
  expect(instanceFor(signature("s", true, inputs))).toBe(
    '{"x":[[0],[0]],"audio_bytes":{"b64":""},"name":"","on":false}',
  );
});

test("one that is too large to type is none", () => {
  const image = [{ name: "image", dtype: "float32", shape: [-1, 224, 224, 3] }];
  expect(instanceFor(signature("s", true, image))).toBeUndefined();
});
