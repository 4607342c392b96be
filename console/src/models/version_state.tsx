import type { JSX } from "preact";
import { Badge, type Look } from "~/ui/badge";
import { t } from "./messages";

type Shown = "READY" | "CREATING" | "FAILED" | "DELETING" | "UPDATING" | "UNKNOWN";

const looks: Record<Shown, Look> = {
  READY: { tone: "good", icon: "check" },
  CREATING: { tone: "busy", icon: "clock" },
  FAILED: { tone: "bad", icon: "cross" },
  DELETING: { tone: "warn", icon: "stop" },
  UPDATING: { tone: "busy", icon: "refresh" },
  UNKNOWN: { tone: "", icon: "clock" },
};

const known = (state: string | undefined): Shown =>
  state !== undefined && state in looks ? (state as Shown) : "UNKNOWN";

export const versionStateName = (state: string | undefined): string => t(known(state));

/** A version's state by word, colour and drawing. */
export const VersionState = ({ state }: { state: string | undefined }): JSX.Element => (
  <Badge {...looks[known(state)]} state={state} name={versionStateName(state)} />
);
