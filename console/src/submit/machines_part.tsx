import type { JSX } from "preact";
import { formatMoney } from "~/i18n/format";
import { Options } from "~/ui/options";
import { type Catalog, type PricedTier, tierNames } from "./catalog";
import { type Draft, roles } from "./draft";
import { FaultLines, type PartProps, SelectField } from "./field";
import { t } from "./messages";
import { RolePart } from "./role_part";

const roleCounts: Record<string, "masterReplicas" | "workerReplicas" | "psReplicas" | "evaluatorReplicas"> = {
  master: "masterReplicas",
  worker: "workerReplicas",
  ps: "psReplicas",
  evaluator: "evaluatorReplicas",
};

/** "4 workers" of a role as the engine names it. */
export function countOfRole(role: string, n: number): string {
  const key = roleCounts[role];
  return key ? t(key, { n }) : `${n} × ${role}`;
}

type TierText =
  | "tierBASIC"
  | "tierSTANDARD_1"
  | "tierPREMIUM_1"
  | "tierBASIC_GPU"
  | "tierBASIC_TPU"
  | "tierCUSTOM";

function tierHint(name: string, tier: PricedTier | undefined): string {
  if (tier && tier.replicas.length > 0)
    return tier.replicas
      .map(({ role, count, accelerators }) => {
        const text = countOfRole(role, count);
        // "NVIDIA_TESLA_K80" is a K80.
        return accelerators
          ? `${text} (${accelerators.count} × ${accelerators.type.replace(/^NVIDIA_TESLA_/, "")})`
          : text;
      })
      .join(", ");
  return tierNames.includes(name) ? t(`tier${name}` as TierText) : "";
}

/** Where it runs and on how many machines. */
export function MachinesPart({
  draft,
  change,
  at,
  catalog,
}: PartProps<Draft> & { catalog: Catalog }): JSX.Element {
  const { prices, regions } = catalog;
  const choices = regions.includes(draft.region) ? regions : [draft.region, ...regions];
  return (
    <section class="card stack">
      <h2>{t("machines")}</h2>
      <SelectField
        label={t("region")}
        faults={at("region")}
        value={draft.region}
        onValue={(region) => change((before) => ({ ...before, region }))}
      >
        <Options names={choices} />
      </SelectField>
      <fieldset class="field submit-group">
        <legend class="label">{t("tier")}</legend>
        <div class="submit-tiers">
          {tierNames.map((name) => {
            const tier = prices?.tiers.find((one) => one.name === name);
            return (
              <label key={name} class="submit-tier">
                <input
                  type="radio"
                  name="scaleTier"
                  value={name}
                  checked={draft.scaleTier === name}
                  onChange={() => change((before) => ({ ...before, scaleTier: name }))}
                />
                <span class="submit-tier-name">{name}</span>
                <span class="submit-tier-price">
                  {tier?.perHour !== undefined
                    ? t("perHour", { money: formatMoney(tier.perHour, prices?.currency ?? "") })
                    : ""}
                </span>
                <span class="submit-tier-hint">{tierHint(name, tier)}</span>
              </label>
            );
          })}
        </div>
        <FaultLines faults={at("scaleTier")} />
      </fieldset>
      {draft.scaleTier === "CUSTOM"
        ? roles.map((role) => (
            <RolePart
              key={role}
              role={role}
              draft={draft.roles[role]}
              at={at}
              catalog={catalog}
              change={(next) =>
                change((before) => ({
                  ...before,
                  roles: { ...before.roles, [role]: next(before.roles[role]) },
                }))
              }
            />
          ))
        : null}
    </section>
  );
}
