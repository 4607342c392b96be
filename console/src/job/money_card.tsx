import type { JSX } from "preact";
import { formatMoney } from "~/i18n/format";
import { Fact } from "~/ui/facts";
import type { JobDetail } from "./job_detail";
import { arithmeticOf } from "./money";
import { t } from "./overview_messages";
import { usedText } from "./used_text";

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
            <Fact name={t("rate")}>
              {formatMoney(sum.perHour, sum.currency)}
              <small>{t("rateSum", { ...unit, units: sum.unitsPerHour.toFixed(4) })}</small>
            </Fact>
            <Fact name={t("used")}>
              {usedText(price) || "–"}
              {sum.adds && sum.units !== undefined && sum.money !== undefined ? (
                <small>
                  {t("usedSum", { ...unit, units: sum.units.toFixed(2), money: sum.money.toFixed(2) })}
                </small>
              ) : null}
            </Fact>
          </>
        ) : null}
        <Fact name={t("list")}>
          {price.list}, {price.region}
        </Fact>
        {price.cheapest ? (
          <Fact name={t("cheaper")}>
            {price.cheapest.region} ({price.cheapest.text})
          </Fact>
        ) : null}
        <Fact name={t("budgets")}>
          {budgets.length === 0
            ? t("noBudgets")
            : budgets.map((budget) => <div key={`${budget.source} ${budget.budget}`}>{budget.text}</div>)}
        </Fact>
      </dl>
    </section>
  );
}
