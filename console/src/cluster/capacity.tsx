import type { JSX } from "preact";
import { formatBytes, formatCount } from "~/i18n/format";
import { Meter } from "~/ui/meter";
import { t } from "./messages";
import { type Pool, toneOf } from "./pool";

/** How full the machine is, a bar for each thing that may run out. */
export function Capacity({ pool }: { pool: Pool }): JSX.Element {
  const { slots, machine, gpus } = pool;
  const load = machine.load ?? [];
  const free = machine.memoryFreeBytes;
  const leased = gpus.filter((gpu) => gpu.job).length;
  return (
    <section class="cluster-capacity" aria-label={t("capacity")}>
      <Gauge
        name={t("slots")}
        figure={t("used", { used: slots.used, total: slots.total })}
        hint={t("slotsHint")}
        value={slots.used}
        most={slots.total}
      />
      {load.length > 0 ? (
        <Gauge
          name={t("cpu")}
          figure={(load[0] ?? 0).toFixed(2)}
          hint={t("cpuHint", {
            n: machine.cpus,
            cpus: formatCount(machine.cpus),
            load: load.map((one) => one.toFixed(2)).join(", "),
          })}
          value={load[0] ?? 0}
          most={machine.cpus}
          tone={toneOf(load[0] ?? 0, machine.cpus * 1.5)}
        />
      ) : null}
      {machine.memoryBytes !== undefined && free !== undefined ? (
        <Gauge
          name={t("memory")}
          figure={t("used", {
            used: formatBytes(machine.memoryBytes - free),
            total: formatBytes(machine.memoryBytes),
          })}
          hint={t("memoryHint", { free: formatBytes(free), host: machine.host ?? "" })}
          value={machine.memoryBytes - free}
          most={machine.memoryBytes}
          tone={toneOf(machine.memoryBytes - free, machine.memoryBytes)}
        />
      ) : null}
      {gpus.length > 0 ? (
        <Gauge
          name={t("gpus")}
          figure={t("used", { used: leased, total: gpus.length })}
          hint={t("gpuHint")}
          value={leased}
          most={gpus.length}
        />
      ) : null}
    </section>
  );
}

function Gauge({
  name,
  figure,
  hint,
  value,
  most,
  tone = "",
}: {
  name: string;
  figure: string;
  hint: string;
  value: number;
  most: number;
  tone?: "" | "warn" | "bad";
}): JSX.Element {
  return (
    <div class="card cluster-gauge">
      <h2>{name}</h2>
      <p class="cluster-figure">{figure}</p>
      <Meter value={value} most={most} label={`${name}: ${figure}`} tone={tone} />
      <p class="quiet">{hint}</p>
    </div>
  );
}
