import { signal } from "@preact/signals";
import { call, send, sentenceOf } from "~/api/http";
import { paths } from "~/api/resources";
import { lineSplitter } from "./lines";

export interface Runtime {
  name: string;
  state: "INSTALLED" | "AVAILABLE" | "MISSING" | "UNAVAILABLE";
  pythonVersions?: string[];
  framework?: string;
  released?: string;
  releasedDerived?: boolean;
  default?: boolean;
  reason?: string;
}

/** An installation that this browser watches. */
export interface Install {
  lines: string[];
  running: boolean;
  error?: string;
}

/** By runtime. It lives beyond the page: one may look elsewhere meanwhile. */
export const installs = signal<Record<string, Install>>({});

const mostLines = 500;
const path = (name: string) => paths.engine(`runtimes/${encodeURIComponent(name)}`);

function note(name: string, change: (install: Install) => Install): void {
  const before = installs.value[name] ?? { lines: [], running: true };
  installs.value = { ...installs.value, [name]: change(before) };
}

/** One line of the answer: {"line":…}, {"done":true} or {"error":{"message":…}}. */
export function takeLine(install: Install, text: string): Install {
  try {
    const said = JSON.parse(text) as { line?: string; done?: boolean; error?: { message?: string } };
    if (said.error) return { ...install, running: false, error: said.error.message ?? text };
    if (said.done) return { ...install, running: false };
    if (said.line === undefined) return install;
    return { ...install, lines: [...install.lines.slice(1 - mostLines), said.line] };
  } catch {
    return install;
  }
}

/** Installs a runtime, or goes on watching one that is being installed; returns when it has ended. */
export async function install(name: string): Promise<void> {
  note(name, () => ({ lines: [], running: true }));
  try {
    const answer = await send(`${path(name)}:install`, { method: "POST" });
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    const split = lineSplitter((line) => note(name, (before) => takeLine(before, line)));
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      split(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    note(name, (before) => ({ ...before, error: sentenceOf(error) }));
  }
  note(name, (before) => ({ ...before, running: false }));
}

export async function remove(name: string): Promise<void> {
  await call("DELETE", path(name));
  const { [name]: _, ...others } = installs.value;
  installs.value = others;
}
