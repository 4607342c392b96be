import type { JSX } from "preact";
import { Fact } from "~/ui/facts";
import { Icon } from "~/ui/icons";
import { countOfRole } from "./machines_part";
import { t } from "./messages";
import type { Planned } from "./use_plan";

/** What would become of the job: money, replicas, runtime, room. The plan before stays while the next is asked for. */
export function PlanCard({ planned }: { planned: Planned }): JSX.Element {
  const { plan, asking } = planned;
  return (
    <section class="card submit-plan" aria-label={t("plan")} aria-busy={asking}>
      <div class="card-head">
        <h2>{t("plan")}</h2>
        {asking ? <span class="spinner" role="img" aria-label={t("planning")} /> : null}
      </div>
      {plan ? <PlanFacts plan={plan} /> : <p class="quiet">{asking ? t("planning") : t("noPlan")}</p>}
    </section>
  );
}

function PlanFacts({ plan }: { plan: NonNullable<Planned["plan"]> }): JSX.Element {
  const { price, runtime, pool } = plan;
  return (
    <>
      {price.text ? (
        <p class="submit-price">
          <strong>{price.text.replace(/\/h$/, "")}</strong> {t("costs")}
        </p>
      ) : (
        <p class="quiet">{price.unknown}</p>
      )}
      {price.text && price.unitsPerHour !== undefined ? (
        <p class="quiet">
          {t("units", { units: price.unitsPerHour.toFixed(4) })} ·{" "}
          {t("priceList", { list: price.list ?? "", region: plan.region })}
        </p>
      ) : null}
      {price.cheapest ? (
        <p class="quiet">{t("cheapest", { region: price.cheapest.region, text: price.cheapest.text })}</p>
      ) : null}
      <dl class="facts">
        <Fact name={t("replicas")}>
          {plan.replicas.map((group) => (
            <p key={group.role}>
              {countOfRole(group.role, group.count)} <span class="quiet">{group.machineType}</span>
              {group.accelerators ? (
                <span class="quiet">
                  {" "}
                  {t("gpusEach", { count: group.accelerators.count, type: group.accelerators.type })}
                </span>
              ) : null}
            </p>
          ))}
        </Fact>
        <Fact name={t("runsOn")}>
          {runtime.unknown ??
            t("runsOnValue", { name: runtime.name ?? "", python: runtime.pythonVersion ?? "" })}
        </Fact>
        <Fact name={t("pool")}>
          {pool.fits ? t("poolFits", { n: pool.slots }) : t("poolTooBig", { n: pool.slots })}
        </Fact>
      </dl>
      {(runtime.warnings ?? []).map((warning) => (
        <p key={warning} class="notice warn">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
    </>
  );
}
