import { formatBytes, formatTime } from "./format";
import { reason as t } from "./reason_messages";

/** Why something is as it is, as the engine tells programs; without a code the sentence is all. */
export interface ReasonCode {
  code?: string;
  values?: Record<string, string>;
}

export interface Reasons {
  sentences: string[];
  /** In the order of the sentences; an older engine has none. */
  reasons?: ReasonCode[];
}

type Name = Parameters<typeof t>[0];

const names: Record<string, Name> = {
  NEEDS_ROOM: "needsRoom",
  NEEDS_WHOLE_POOL: "needsWholePool",
  NO_TPU: "noTpu",
  TOO_FEW_GPUS: "tooFewGpus",
  GPUS_SHARE_NO_SLOTS: "gpusShareNoSlots",
  HELD_BY: "heldBy",
  BEHIND: "behind",
  NEXT: "next",
  STARTS_BY: "startsBy",
  STARTS_ABOUT: "startsAbout",
  START_UNKNOWN: "startUnknown",
  START_OVERDUE: "startOverdue",
  NO_DEVICE: "noDevice",
  TOO_FEW_DEVICES: "tooFewDevices",
  QUOTA_TOO_LOW: "quotaTooLow",
  QUOTA_TAKEN: "quotaTaken",
  QUOTA_ORDER: "quotaOrder",
  DISK_LOW: "diskLow",
  PROJECT_BUDGET_SPENT: "projectBudgetSpent",
  MONTH_BUDGET_SPENT: "monthBudgetSpent",
  ABOUT_TO_START: "aboutToStart",
  STARTING: "starting",
  RUNNING: "running",
  STOPPING: "stopping",
  REPLICAS_RUN: "replicasRun",
  REPLICAS_BEGAN: "replicasBegan",
  REPLICAS_ENDED: "replicasEnded",
};

// Some need a word more where there are GPUs.
const withGpus: Partial<Record<Name, Name>> = { needsRoom: "needsRoomGpus" };

function textOf(sentence: string, { code = "", values = {} }: ReasonCode): string {
  const name = names[code];
  if (!name) return sentence;
  const jobs = values.jobs ?? "";
  const more = Number(values.more ?? 0);
  return t(Number(values.gpus ?? 0) > 0 ? (withGpus[name] ?? name) : name, {
    ...values,
    // What a form is chosen by, and what of it is done.
    n: Number(values.slots ?? values.count ?? values.n ?? 0),
    done: values.n ?? "",
    jobs: more > 0 ? t("andMore", { jobs, n: more }) : jobs,
    time: values.time ? formatTime(values.time) : "",
    freeSpace: values.freeBytes ? formatBytes(Number(values.freeBytes)) : "",
    lowWater: values.lowWaterBytes ? formatBytes(Number(values.lowWaterBytes)) : "",
  });
}

/** The engine's sentences in the language in use and in local time, as far as they have codes; else as it says them. */
export const reasonTexts = ({ sentences, reasons = [] }: Reasons): string[] =>
  sentences.map((sentence, n) => textOf(sentence, reasons[n] ?? {}));
