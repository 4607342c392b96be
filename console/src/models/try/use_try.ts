import { useState } from "preact/hooks";
import { formatBytes } from "~/i18n/format";
import { predictPath } from "../model_calls";
import { predict, type Told } from "./answer";
import { base64Of, bodyOfFiles, bodyOfText, commandOfBody, commandOfFiles, mostBytes } from "./instances";
import { useField } from "./kept_field";
import { t } from "./messages";

export type Way = "text" | "file";

/** What one asks a model, and what it said last. */
export interface Trial {
  way: Way;
  version: string;
  signature: string;
  text: string;
  files: File[];
  field: string;
  /** What keeps the request from being sent. */
  fault: string;
  busy: boolean;
  /** The command line that asks the same; "" while there is nothing to ask. */
  command: string;
  told?: Told;
  /** Of the files that were sent with the last request. */
  names: string[];
  error?: unknown;
  change: (next: Partial<Pick<Trial, "way" | "version" | "signature" | "text" | "files">>) => void;
  setField: (field: string) => void;
  ask: () => Promise<void>;
}

interface Asked {
  way: Way;
  version: string;
  signature: string;
  text: string;
  files: File[];
}

class Unready extends Error {}

function bodyOfTyped(text: string, signature: string): string {
  const typed = bodyOfText(text, signature);
  if ("body" in typed) return typed.body;
  if ("empty" in typed) throw new Unready(t("empty"));
  const { line, fault } = typed;
  throw new Unready(line > 0 ? t("notJsonLine", { line, fault }) : t("notJson", { fault }));
}

async function bodyOf(asked: Asked, field: string): Promise<string> {
  if (asked.way === "text") return bodyOfTyped(asked.text, asked.signature);
  if (asked.files.length === 0) throw new Unready(t("noFiles"));
  if (field.trim() === "") throw new Unready(t("noField"));
  const size = asked.files.reduce((all, file) => all + file.size, 0);
  checkSize((size * 4) / 3); // before they are read
  const files = await Promise.all(
    asked.files.map(async (file) => ({ base64: base64Of(new Uint8Array(await file.arrayBuffer())) })),
  );
  return bodyOfFiles(files, field.trim(), asked.signature);
}

function checkSize(bytes: number): void {
  if (bytes > mostBytes)
    throw new Unready(t("tooLarge", { size: formatBytes(bytes), most: formatBytes(mostBytes) }));
}

function commandOf(asked: Asked, field: string, project: string, model: string): string {
  const { version, signature } = asked;
  if (asked.way === "file") {
    if (asked.files.length === 0 || field.trim() === "") return "";
    const names = asked.files.map((file) => file.name);
    return commandOfFiles({ project, model, version, signature }, field.trim(), names);
  }
  const typed = bodyOfText(asked.text, signature);
  if (!("body" in typed)) return "";
  return commandOfBody({ project, model, version, signature: typed.signature }, typed.body);
}

export function useTry(project: string, model: string, onAnswer: () => void): Trial {
  const [asked, setAsked] = useState<Asked>({ way: "text", version: "", signature: "", text: "", files: [] });
  const [field, setField] = useField(project, model);
  const [last, setLast] = useState<Pick<Trial, "fault" | "told" | "error" | "names">>({
    fault: "",
    names: [],
  });
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    const names = asked.way === "file" ? asked.files.map((file) => file.name) : [];
    try {
      const body = await bodyOf(asked, field);
      checkSize(new Blob([body]).size);
      const told = await predict(predictPath(project, model, asked.version), body);
      setLast({ fault: "", told, names });
      onAnswer();
    } catch (error) {
      if (error instanceof Unready) setLast((before) => ({ ...before, fault: error.message }));
      else setLast({ fault: "", error, names });
    }
    setBusy(false);
  };
  return {
    ...asked,
    ...last,
    field,
    busy,
    command: commandOf(asked, field, project, model),
    change: (next) => {
      setAsked((before) => ({ ...before, ...next }));
      setLast((before) => ({ ...before, fault: "" }));
    },
    setField,
    ask,
  };
}
