import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { DataTable, TableHead } from "~/ui/data_table";
import { ErrorNotice, Loading } from "~/ui/notices";
import { getPrices, type Prices } from "./doors";
import { t } from "./messages";

const roles: Record<string, Parameters<typeof t>[0]> = {
  master: "roleMaster",
  worker: "roleWorker",
  ps: "rolePs",
  parameter_server: "rolePs",
  "parameter-server": "rolePs",
  parameterServer: "rolePs",
  evaluator: "roleEvaluator",
};

function roleName(role: string): string {
  const key = roles[role];
  return key ? t(key) : role;
}

const perHour = (value: number | undefined, currency: string) =>
  value === undefined ? t("noPrice") : `${value.toFixed(4)} ${currency}`;
const units = (value: number | undefined) => (value === undefined ? t("noPrice") : value.toFixed(4));

/** What a tier, a machine and an accelerator cost an hour in a region. */
export function PricesCard({ region }: { region: string }): JSX.Element {
  const load = useCallback((signal: AbortSignal) => getPrices(region, signal), [region]);
  const { data, error, refresh } = useLive(load, 0);
  return (
    <section class="card stack" aria-labelledby="prices-title">
      <div class="card-head">
        <h2 id="prices-title">{t("priceList")}</h2>
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      {!data && !error ? <Loading /> : null}
      {data ? (
        <>
          <p class="quiet">{t("listOf", { list: data.list, region: data.region })}</p>
          <Tiers prices={data} />
          <Machines prices={data} />
          <Accelerators prices={data} />
        </>
      ) : null}
    </section>
  );
}

function Tiers({ prices }: { prices: Prices }): JSX.Element {
  return (
    <DataTable
      aria-label={t("tiers")}
      caption={t("tiers")}
      columns={[
        t("tier"),
        { name: t("perHour"), class: "number" },
        { name: t("unitsPerHour"), class: "number wide-only" },
      ]}
    >
      <tbody>
        {prices.tiers.map((tier) => (
          <tr key={tier.name}>
            <td>
              {tier.name}
              <div class="quiet">
                {(tier.replicas ?? [])
                  .map((one) => `${one.count} × ${roleName(one.role)} (${one.machineType})`)
                  .join(", ")}
              </div>
            </td>
            <td class="number">{perHour(tier.perHour, prices.currency)}</td>
            <td class="number wide-only">{units(tier.unitsPerHour)}</td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function Machines({ prices }: { prices: Prices }): JSX.Element {
  const [all, setAll] = useState(false);
  const without = prices.machineTypes.filter((machine) => machine.perHour === undefined).length;
  return (
    <div class="scroll-x" role="group" aria-label={t("machineTypes")} tabIndex={0}>
      <table class="table">
        <caption>{t("machineTypes")}</caption>
        <TableHead
          columns={[
            t("machineType"),
            { name: t("vcpus"), class: "number wide-only" },
            { name: t("memory"), class: "number wide-only" },
            { name: t("accelerators"), class: "wide-only" },
            { name: t("perHour"), class: "number" },
          ]}
        />
        <tbody>
          {prices.machineTypes
            .filter((machine) => all || machine.perHour !== undefined)
            .map((machine) => (
              <tr key={machine.name}>
                <td>{machine.name}</td>
                <td class="number wide-only">{machine.vcpus || t("noPrice")}</td>
                <td class="number wide-only">{machine.memoryGb ? `${machine.memoryGb} GB` : t("noPrice")}</td>
                <td class="quiet wide-only">
                  {(machine.accelerators ?? [])
                    .map((one) => `${one.count} × ${acceleratorName(one.type)}`)
                    .join(", ")}
                </td>
                <td class="number">{perHour(machine.perHour, prices.currency)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {without > 0 ? (
        <button type="button" class="button small plain" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t("fewMachines") : t("allMachines", { n: without })}
        </button>
      ) : null}
    </div>
  );
}

const acceleratorName = (type: string): string => type.replace(/^NVIDIA_TESLA_/, "").replace(/_/g, " ");

function Accelerators({ prices }: { prices: Prices }): JSX.Element | null {
  const list = (prices.accelerators ?? []).filter((one) => one.perHour !== undefined);
  if (list.length === 0) return null;
  return (
    <DataTable
      aria-label={t("accelerators")}
      caption={t("accelerators")}
      columns={[t("accelerator"), { name: t("perHour"), class: "number" }]}
    >
      <tbody>
        {list.map((one) => (
          <tr key={one.type}>
            <td>{acceleratorName(one.type)}</td>
            <td class="number">{perHour(one.perHour, prices.currency)}</td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}
