import type { JSX } from "preact";
import { formatAgo, formatBytes } from "~/i18n/format";
import { word } from "~/i18n/words";
import { now } from "~/live/clock";
import { t } from "./messages";
import { partsOf, type SystemInfo } from "./system_info";

const names = ["state", "logs", "buckets", "cache", "jobs", "runtimes"] as const;
type Part = (typeof names)[number];
const isPart = (name: string): name is Part => (names as readonly string[]).includes(name);

/** What lies in the data folder, part by part. */
export function StoreCard({ info }: { info: SystemInfo }): JSX.Element {
  const { parts, total } = partsOf(info.store.bytes);
  const { measuredAt } = info.store;
  return (
    <section class="card" aria-label={t("store")}>
      <div class="card-head">
        <h2>{t("store")}</h2>
        {measuredAt ? (
          <span class="quiet">
            {t("measured", { ago: formatAgo(measuredAt, Math.max(now.value, Date.parse(measuredAt))) })}
          </span>
        ) : null}
      </div>
      {parts.length === 0 ? (
        <p class="quiet">{t("notMeasured")}</p>
      ) : (
        <dl class="system-parts">
          {parts.map((part) => (
            <div key={part.name}>
              <dt>{isPart(part.name) ? t(`part_${part.name}`) : part.name}</dt>
              <dd class="system-bar" aria-hidden="true">
                <div class="bar">
                  <span style={{ width: `${total > 0 ? (100 * part.bytes) / total : 0}%` }} />
                </div>
              </dd>
              <dd class="number">{formatBytes(part.bytes)}</dd>
            </div>
          ))}
          <div class="system-total">
            <dt>{word("total")}</dt>
            <dd class="number">{formatBytes(total)}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}
