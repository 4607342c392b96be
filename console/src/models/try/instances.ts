import { quoteWord } from "~/submit/shell_words";

/** The most that the engine takes in a request of a prediction. */
export const mostBytes = 1_572_864;

/** What was typed, as the body of a request with the signature that it names; or where it is not JSON. */
export type Typed = { body: string; signature: string } | { empty: true } | { line: number; fault: string };

const parses = (text: string): string | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const withSignature = (signature: string) =>
  signature === "" ? "" : `, "signature_name": ${JSON.stringify(signature)}`;

function wholeRequest(text: string, request: object, signature: string): Typed {
  const own = "signature_name" in request ? request.signature_name : undefined;
  if (typeof own === "string") return { body: text, signature: own };
  return { body: text.replace(/\}$/, `${withSignature(signature)}}`), signature };
}

/**
 * The request for a text that is a whole request, a list of instances, one instance, or one instance in each line. The text itself
 * is sent, not what the browser reads of it: numbers keep their digits.
 */
export function bodyOfText(text: string, signatureTyped: string): Typed {
  const typed = text.trim();
  const signature = signatureTyped.trim();
  const instancesOf = (list: string): Typed => ({
    body: `{"instances": ${list}${withSignature(signature)}}`,
    signature,
  });
  if (typed === "") return { empty: true };
  if (parses(typed) === undefined) {
    const value: unknown = JSON.parse(typed);
    if (Array.isArray(value)) return instancesOf(typed);
    if (typeof value === "object" && value !== null && "instances" in value)
      return wholeRequest(typed, value, signature);
    return instancesOf(`[${typed}]`);
  }
  const instances: string[] = [];
  const lines = typed.split("\n");
  for (const [n, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const fault = parses(line);
    if (fault !== undefined) {
      // A value over several lines: its own fault says more than that of its first line.
      const whole = instances.length === 0 && lines.length > 1;
      return { line: whole ? 0 : n + 1, fault: (whole ? parses(typed) : fault) ?? fault };
    }
    instances.push(line.trim());
  }
  return instancesOf(`[${instances.join(", ")}]`);
}

/** One instance for each file: its bytes, as base64, under the name of an input. */
export function bodyOfFiles(files: readonly { base64: string }[], field: string, signature: string): string {
  const instances = files.map(({ base64 }) => `{${JSON.stringify(field)}: {"b64": "${base64}"}}`);
  return `{"instances": [${instances.join(", ")}]${withSignature(signature.trim())}}`;
}

export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

interface Asked {
  project: string;
  model: string;
  version: string;
  signature: string;
}

function begin({ project, model, version, signature }: Asked): string {
  const words = [`--model=${model}`];
  if (version) words.push(`--version=${version}`);
  if (project !== "default") words.push(`--project=${project}`);
  if (signature.trim()) words.push(`--signature-name=${signature.trim()}`);
  return `mlengine predict ${words.map(quoteWord).join(" ")}`;
}

/** The command line that asks the same; the request comes from its standard input. */
export const commandOfBody = (asked: Asked, body: string): string =>
  `${begin(asked)} --json-request=- <<'END'\n${body}\nEND`;

/** The command lines that ask the same of files, one for each. */
export const commandOfFiles = (asked: Asked, field: string, names: readonly string[]): string =>
  names.map((name) => `${begin(asked)} ${quoteWord(`--file=${field}=${name}`)}`).join("\n");
