import type { JSX } from "preact";
import { formatCount, formatSeconds } from "~/i18n/format";
import { DataTable, numbers } from "~/ui/data_table";
import { moneyText } from "./days";
import type { Estimate, TierEstimate } from "./doors";
import { t } from "./messages";

const confidences: Record<string, Parameters<typeof t>[0]> = { high: "high", medium: "medium", low: "low" };
const tones: Record<string, string> = { high: "badge good", medium: "badge", low: "badge warn" };

const countOf = (n: number, unit: string): string =>
  unit === "KB" ? `${formatCount(n)} KB` : t(unit === "epoch" ? "countEpochs" : "countSteps", { n });

/** The engine's figures for each tier, and its own sentences on how it came to them. */
export function EstimateView({ estimate }: { estimate: Estimate }): JSX.Element {
  const currency = estimate.currency ?? "";
  return (
    <>
      <p>
        {t("estimateOf", {
          steps: countOf(estimate.steps.count, estimate.steps.unit ?? estimate.measured[0]?.unit ?? "step"),
          source: estimate.steps.source,
          region: estimate.region ?? "",
          list: estimate.priceList ?? "",
        })}
      </p>
      {estimate.measured.map((run) => (
        <p key={run.where} class="quiet">
          {t("measured", {
            where: run.where,
            tier: run.tier,
            steps: countOf(run.steps, run.unit),
            seconds: formatSeconds(run.seconds),
            rate: run.stepsPerSecond.toFixed(2),
            spread: `${Math.round(run.spread * 100)} %`,
          })}
        </p>
      ))}
      <DataTable
        aria-label={t("advisor")}
        columns={[
          t("tier"),
          { name: t("replicas"), class: "number wide-only" },
          ...numbers(t("time"), t("money")),
          { name: t("perHour"), class: "number wide-only" },
          t("confidence"),
          { name: t("note"), class: "wide-only" },
        ]}
      >
        <tbody>
          {estimate.tiers.map((tier) => (
            <Row key={tier.tier} tier={tier} currency={currency} />
          ))}
        </tbody>
      </DataTable>
      <Sentences title={t("reckoned")} lines={estimate.assumptions} />
      <Sentences title={t("cannotKnow")} lines={estimate.notKnown} />
    </>
  );
}

function Row({ tier, currency }: { tier: TierEstimate; currency: string }): JSX.Element {
  const confidence = tier.confidence ? confidences[tier.confidence] : undefined;
  return (
    <tr data-tier={tier.tier}>
      <td>
        <span class="row">
          <span class="nowrap">{tier.tier}</span>
          {tier.cheapest ? <span class="badge good">{t("cheapest")}</span> : null}
          {tier.fastest ? <span class="badge busy">{t("fastest")}</span> : null}
        </span>
      </td>
      <td class="number wide-only">{tier.replicas === undefined ? "" : formatCount(tier.replicas)}</td>
      <td class="number">{tier.seconds === undefined ? t("notKnown") : formatSeconds(tier.seconds)}</td>
      <td class="number">{tier.money === undefined ? t("notKnown") : moneyText(tier.money, currency)}</td>
      <td class="number wide-only">{tier.perHour === undefined ? "" : moneyText(tier.perHour, currency)}</td>
      <td>{confidence ? <span class={tones[tier.confidence ?? ""]}>{t(confidence)}</span> : null}</td>
      <td class="wide-only quiet">{tier.source}</td>
    </tr>
  );
}

function Sentences({ title, lines }: { title: string; lines: string[] }): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <details class="sentences">
      <summary>{title}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}
