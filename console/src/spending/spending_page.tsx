import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { Options } from "~/ui/options";
import { useProject, useQuery } from "~/ui/use_query";
import { AdvisorCard } from "./advisor_card";
import { BudgetsCard } from "./budgets_card";
import { getRegions } from "./doors";
import { t } from "./messages";
import { PricesCard } from "./prices_card";
import { QuotasCard } from "./quotas_card";
import { SpentCard } from "./spent_card";
import "./spending.css";

const usualRegion = "us-central1";

/** What jobs have cost and may cost, how many there may be, and what they would cost. */
export function SpendingPage(): JSX.Element {
  const project = useProject();
  const [query, change] = useQuery();
  const region = query.get("region") || usualRegion;
  const load = useCallback((signal: AbortSignal) => getRegions(project, signal), [project]);
  const { data: regions = [] } = useLive(load, 0);
  const choices = regions.includes(region) ? regions : [region, ...regions];
  return (
    <div class="spending">
      <div class="page-head">
        <h1>{t("title")}</h1>
        <label class="row">
          <span class="quiet">{t("region")}</span>
          <select
            class="select region"
            value={region}
            onChange={(event) => change({ region: event.currentTarget.value })}
          >
            <Options names={choices} />
          </select>
        </label>
      </div>
      <SpentCard project={project} />
      <div class="spending-halves">
        <QuotasCard project={project} region={region} />
        <BudgetsCard project={project} />
      </div>
      <AdvisorCard project={project} />
      <PricesCard region={region} />
    </div>
  );
}
