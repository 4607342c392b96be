import type { JSX } from "preact";
import { now } from "~/live/clock";
import { goneSince } from "~/live/connection";
import { t } from "./messages";

/** Says that the engine is away, for as long as it is. */
export function GoneBanner(): JSX.Element | null {
  const since = goneSince.value;
  if (since === undefined) return null;
  const seconds = Math.max(0, Math.round((now.value - since) / 1000));
  return (
    <div class="banner" role="alert">
      <span class="spinner" aria-hidden="true" />
      {t("gone", { seconds })}
    </div>
  );
}
