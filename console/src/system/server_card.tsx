import type { JSX } from "preact";
import { formatBytes, formatSeconds, formatTime, formatWholeSeconds, secondsBetween } from "~/i18n/format";
import { word } from "~/i18n/words";
import { now } from "~/live/clock";
import { TableHead } from "~/ui/data_table";
import { Fact } from "~/ui/facts";
import { Icon } from "~/ui/icons";
import { t } from "./messages";
import { type SystemInfo, strangers } from "./system_info";

/** The engine: whether it is well, since when it runs, where it lies and what it is made of. */
export function ServerCard({ info }: { info: SystemInfo }): JSX.Element {
  const mixed = strangers(info);
  const well = !info.disk.low && mixed.length === 0;
  const delay = info.logs?.p99IngestSeconds;
  return (
    <section class="card" aria-label={t("health")}>
      <div class="card-head">
        <h2>{t("health")}</h2>
        <span class={well ? "badge good" : "badge warn"} role="status">
          <Icon name={well ? "check" : "warning"} size={13} />
          {well ? t("healthy") : t("unwell")}
        </span>
      </div>
      {mixed.length > 0 ? <p class="notice warn">{t("mixedVersions", { names: mixed.join(", ") })}</p> : null}
      <dl class="facts">
        <Fact name={t("version")}>{info.version}</Fact>
        <Fact name={t("running")}>
          {formatTime(info.startTime)}{" "}
          <span class="quiet">
            {t("uptime", {
              time: formatWholeSeconds(secondsBetween(info.startTime, now.value) ?? 0),
            })}
          </span>
        </Fact>
        <Fact name={t("address")}>
          <code>{info.url ?? window.location.origin}</code>
        </Fact>
        <Fact name={t("dataFolder")}>
          <code>{info.dataFolder}</code>
        </Fact>
        {info.defaultRuntime ? <Fact name={t("defaultRuntime")}>{info.defaultRuntime}</Fact> : null}
        <Fact name={t("jobs")}>
          {t("jobsValue", { n: info.store.jobs.total, running: info.store.jobs.running })}
        </Fact>
        {delay === undefined ? null : (
          <Fact name={t("logDelay")}>{t("logDelayHint", { time: formatSeconds(delay) })}</Fact>
        )}
      </dl>
      {info.programs.length > 0 ? (
        <table class="table system-programs">
          <TableHead columns={[t("program"), t("version"), { name: word("size"), class: "number" }]} />
          <tbody>
            {info.programs.map((program) => (
              <tr key={program.name}>
                <td>
                  <code>{program.name}</code>
                </td>
                <td>{program.version ?? "–"}</td>
                <td class="number">{program.bytes === undefined ? "–" : formatBytes(program.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}
