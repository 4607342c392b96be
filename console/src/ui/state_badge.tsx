import type { JSX } from "preact";
import { defineMessages } from "~/i18n/messages";
import { Badge, type Look } from "./badge";

const states = defineMessages({
  en: {
    QUEUED: "Queued",
    PREPARING: "Preparing",
    RUNNING: "Running",
    SUCCEEDED: "Succeeded",
    FAILED: "Failed",
    CANCELLING: "Cancelling",
    CANCELLED: "Cancelled",
    STATE_UNSPECIFIED: "Unknown",
  },
  ko: {
    QUEUED: "대기 중",
    PREPARING: "준비 중",
    RUNNING: "실행 중",
    SUCCEEDED: "성공",
    FAILED: "실패",
    CANCELLING: "취소하는 중",
    CANCELLED: "취소됨",
    STATE_UNSPECIFIED: "알 수 없음",
  },
});

type Shown = Parameters<typeof states>[0];

const looks: Record<Shown, Look> = {
  QUEUED: { tone: "", icon: "clock" },
  PREPARING: { tone: "busy", icon: "clock" },
  RUNNING: { tone: "busy", icon: "play" },
  SUCCEEDED: { tone: "good", icon: "check" },
  FAILED: { tone: "bad", icon: "cross" },
  CANCELLING: { tone: "warn", icon: "stop" },
  CANCELLED: { tone: "", icon: "stop" },
  STATE_UNSPECIFIED: { tone: "", icon: "clock" },
};

function known(state: string | undefined): Shown {
  return state !== undefined && state in looks ? (state as Shown) : "STATE_UNSPECIFIED";
}

export const stateName = (state: string | undefined): string => states(known(state));

export const isOver = (state: string | undefined): boolean =>
  state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";

/** A job's state by word, colour and drawing. */
export const StateBadge = ({ state }: { state: string | undefined }): JSX.Element => (
  <Badge {...looks[known(state)]} state={state} name={stateName(state)} />
);
