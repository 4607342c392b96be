/** What an answer that says no tells of the input that the model takes. */
export interface Hint {
  input: string;
  /** The model has no other: what was given under another name goes there. */
  only?: boolean;
  /** Of one instance; undefined when it is not told. Sizes that are open are 1. */
  shape?: number[];
}

export function hintOf(error: string): Hint | undefined {
  const [, only] = /Expected tensor name: (.+?), got tensor name: /s.exec(error) ?? [];
  if (only) return { input: only, only: true };
  const [, missing] = /Input (.+?) was missing in at least one input instance/s.exec(error) ?? [];
  if (missing) return { input: missing };
  const [, input, dims] =
    /Input (.+?) has shape \[[^\]]*\], the instances first; the model takes \[([^\]]*)\]/s.exec(error) ?? [];
  if (!input || dims === undefined) return undefined;
  const sizes = dims.split(",").map((size) => (size.trim() === "?" ? 1 : Number(size)));
  // The first counts the instances.
  const shape = sizes.slice(1);
  return shape.every((size) => Number.isInteger(size) && size >= 0) ? { input, shape } : { input };
}

const mostValues = 4096;

function zeros(shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  return size === undefined ? 0 : Array.from({ length: size }, () => zeros(rest));
}

function objectOf(typed: string): Record<string, unknown> | undefined {
  for (const text of [typed, typed.trim().split("\n")[0] ?? ""]) {
    try {
      const value: unknown = JSON.parse(text);
      const one: unknown = Array.isArray(value) ? value[0] : value;
      if (typeof one === "object" && one !== null && !Array.isArray(one))
        return one as Record<string, unknown>;
    } catch {
      // not one value
    }
  }
  return undefined;
}

/** An instance with that input, beside what the one that was typed has; undefined for one that is too large to type. */
export function exampleOf(hint: Hint, typed: string): string | undefined {
  const { input, shape = [] } = hint;
  if (shape.reduce((all, size) => all * size, 1) > mostValues) return undefined;
  const kept = objectOf(typed) ?? {};
  if (!hint.only) return JSON.stringify({ ...kept, [input]: zeros(shape) });
  const values = Object.values(kept);
  return JSON.stringify({ [input]: values.length === 1 ? values[0] : 0 });
}
