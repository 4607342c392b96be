import { t } from "./messages";

const whole: Record<string, Parameters<typeof t>[0]> = {
  "the runtime as it is": "asItIs",
  "no packages": "noPackages",
  unpacked: "unpacked",
  "reused: packages": "reusedPackages",
};

function reason(why: string): string {
  const name = /^the runtime does not have (.+)$/s.exec(why)?.[1];
  return name ? t("runtimeLacks", { name }) : why;
}

/** What the runner notes of a phase, in the language in use as far as it is of its own words; else as it stands. */
export function phaseDetail(text: string): string {
  const known = whole[text];
  if (known) return t(known);
  const reused = /^reused: environment \((.+)\)$/s.exec(text)?.[1];
  if (reused) return t("reusedEnvironment", { why: reason(reused) });
  const installed = /^installed: (.+)$/s.exec(text)?.[1];
  return installed ? t("installed", { why: reason(installed) }) : text;
}
