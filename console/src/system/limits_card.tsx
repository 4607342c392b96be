import type { JSX } from "preact";
import { t } from "./messages";
import { type Limit, limitText } from "./system_info";

/** What mlengine.yaml may set, with the values in force. */
export function LimitsCard({ limits }: { limits: Limit[] }): JSX.Element {
  return (
    <section class="card" aria-label={t("limits")}>
      <div class="card-head">
        <h2>{t("limits")}</h2>
        <span class="quiet">{t("limitsHint")}</span>
      </div>
      <dl class="system-limits">
        {limits.map((limit) => (
          <div key={limit.name}>
            <dt>
              <code>{limit.name}</code>
            </dt>
            <dd class="number">{limitText(limit, { yes: t("on"), no: t("off") })}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
