import { t } from "./messages";

/** What a quota is called; those of accelerators by their name in capitals. */
export function quotaName(quota: string): string {
  if (quota === "jobs") return t("quotaJobs");
  if (quota === "vcpus") return t("quotaVcpus");
  if (quota === "creates-per-minute") return t("quotaCreates");
  if (quota === "log-days") return t("quotaLogDays");
  if (quota === "python-models") return t("quotaPythonModels");
  return t("quotaAccelerator", { name: quota.toUpperCase() });
}

export const isAccelerator = (quota: string): boolean =>
  !["jobs", "vcpus", "creates-per-minute", "log-days", "python-models"].includes(quota);

const sources = {
  set: "sourceSet",
  profile: "sourceProfile",
  default: "sourceDefault",
  pool: "sourcePool",
  label: "sourceLabel",
} as const;

export function sourceName(source: string | undefined): string {
  return source && source in sources ? t(sources[source as keyof typeof sources]) : (source ?? "");
}

export const limitText = (limit: string): string =>
  limit === "unlimited" ? t("unlimited") : Number(limit).toLocaleString("en");

/** How much of a limit is used, from 0; undefined without a limit or where nothing is counted. */
export function shareOf(used: string | undefined, limit: string): number | undefined {
  if (used === undefined || limit === "unlimited") return undefined;
  const most = Number(limit);
  if (most === 0) return Number(used) > 0 ? 1 : undefined;
  return Number(used) / most;
}

export const toneOf = (share: number, warn = 0.8): string =>
  share >= 1 ? "bar bad" : share >= warn ? "bar warn" : "bar";
