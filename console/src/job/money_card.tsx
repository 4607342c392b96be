import type { JSX } from "preact";
import { formatMoney } from "~/i18n/format";
import type { JobDetail } from "./job_detail";
import { arithmeticOf } from "./money";
import { t } from "./overview_messages";

/** What the job costs an hour and has cost, with how that comes about. */
export function MoneyCard({ detail }: { detail: JobDetail }): JSX.Element {
  const { price, budgets } = detail;
  const sum = arithmeticOf(price);
  const unit = sum ? { price: sum.perUnit.toFixed(2), currency: sum.currency } : { price: "", currency: "" };
  return (
    <section class="card" aria-labelledby="money-head">
      <div class="card-head">
        <h2 id="money-head">{t("money")}</h2>
      </div>
      {price.unknown ? <p>{price.unknown}</p> : null}
      <dl class="facts">
        {sum ? (
          <>
            <dt>{t("rate")}</dt>
            <dd>
              {formatMoney(sum.perHour, sum.currency)}
              <small>{t("rateSum", { ...unit, units: sum.unitsPerHour.toFixed(4) })}</small>
            </dd>
            <dt>{t("used")}</dt>
            <dd>
              {price.used?.text ?? "–"}
              {sum.adds && sum.units !== undefined && sum.money !== undefined ? (
                <small>
                  {t("usedSum", { ...unit, units: sum.units.toFixed(2), money: sum.money.toFixed(2) })}
                </small>
              ) : null}
            </dd>
          </>
        ) : null}
        <dt>{t("list")}</dt>
        <dd>
          {price.list}, {price.region}
        </dd>
        {price.cheapest ? (
          <>
            <dt>{t("cheaper")}</dt>
            <dd>
              {price.cheapest.region} ({price.cheapest.text})
            </dd>
          </>
        ) : null}
        <dt>{t("budgets")}</dt>
        <dd>
          {budgets.length === 0
            ? t("noBudgets")
            : budgets.map((budget) => <div key={`${budget.source} ${budget.budget}`}>{budget.text}</div>)}
        </dd>
      </dl>
    </section>
  );
}
