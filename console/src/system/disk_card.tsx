import type { JSX } from "preact";
import { formatBytes } from "~/i18n/format";
import { Fact } from "~/ui/facts";
import { Meter } from "~/ui/meter";
import { t } from "./messages";
import { partsOf, type SystemInfo } from "./system_info";

/** Room on the disk: what the engine has there, what is free, and where the mark is below which nothing starts. */
export function DiskCard({ info }: { info: SystemInfo }): JSX.Element {
  const { disk } = info;
  const data = partsOf(info.store.bytes).total + disk.reserveBytes;
  const all = data + disk.freeBytes;
  const mark = all > 0 ? Math.min(100, (100 * disk.lowWaterBytes) / all) : 0;
  return (
    <section class="card" aria-label={t("disk")}>
      <div class="card-head">
        <h2>{t("disk")}</h2>
        <span class={disk.low ? "badge bad" : "badge good"}>{disk.low ? t("diskLow") : t("diskOk")}</span>
      </div>
      <div class="system-disk">
        <Meter
          value={data}
          most={all}
          label={t("diskBar", { data: formatBytes(data), free: formatBytes(disk.freeBytes) })}
          tone={disk.low ? "bad" : ""}
        />
        <span class="system-mark" style={{ right: `${mark}%` }} aria-hidden="true" />
      </div>
      {disk.low && disk.sentence ? <p class="notice bad">{disk.sentence}</p> : null}
      <dl class="facts">
        <Fact name={t("free")}>{formatBytes(disk.freeBytes)}</Fact>
        <Fact name={t("lowWater")}>
          {formatBytes(disk.lowWaterBytes)} <span class="quiet">{t("lowWaterHint")}</span>
        </Fact>
        <Fact name={t("reserve")}>
          {formatBytes(disk.reserveBytes)} <span class="quiet">{t("reserveHint")}</span>
        </Fact>
      </dl>
    </section>
  );
}
