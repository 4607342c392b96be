import { call } from "~/api/http";
import { paths } from "~/api/resources";

/** An input or output of a signature; sizes of -1 are open, and no shape is told as null. */
export interface TensorInfo {
  name: string;
  dtype: string;
  shape: number[] | null;
}

export interface SignatureInfo {
  name: string;
  isDefault: boolean;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  text: string;
}

/** What can be asked of a version. What Python answers for says it in words instead. */
export interface VersionSignature {
  answeredBy: string;
  signatures?: SignatureInfo[];
  instance?: string;
}

export const loadSignature = (project: string, model: string, version: string, signal: AbortSignal) =>
  call<VersionSignature>(
    "GET",
    paths.own(
      project,
      `models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/signature`,
    ),
    { signal },
  );

/** The signature of that name; of an empty one, the one that a request without a name gets. */
export const signatureOf = (told: VersionSignature, name: string): SignatureInfo | undefined =>
  told.signatures?.find((one) => (name ? one.name === name : one.isDefault));

const mostValues = 256;

function emptyOf(dtype: string, name: string): unknown {
  if (dtype === "string") return name.endsWith("_bytes") ? { b64: "" } : "";
  return dtype === "bool" ? false : 0;
}

function filled(shape: readonly number[], value: unknown): unknown {
  const [size, ...rest] = shape;
  return size === undefined ? value : Array.from({ length: size }, () => filled(rest, value));
}

/** An instance with every input, sizes that are open 1; undefined for one that is too large to type. */
export function instanceFor({ inputs }: SignatureInfo): string | undefined {
  const instance: Record<string, unknown> = {};
  let values = 0;
  for (const { name, dtype, shape } of inputs) {
    // The first size counts the instances.
    const sizes = (shape ?? []).slice(1).map((size) => (size < 0 ? 1 : size));
    values += sizes.reduce((all, size) => all * size, 1);
    if (values > mostValues) return undefined;
    instance[name] = filled(sizes, emptyOf(dtype, name));
  }
  return JSON.stringify(instance);
}
