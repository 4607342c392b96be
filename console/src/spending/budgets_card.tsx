import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { useLive } from "~/live/use_live";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice, Loading } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { type Budget, getBudgets, putBudget } from "./doors";
import { t } from "./messages";
import { sourceName, toneOf } from "./quota_names";

function nameOf(budget: Budget): string {
  if (budget.budget === "job") return t("budgetJob");
  if (budget.budget === "month") return t("budgetMonth", { month: budget.month ?? "" });
  return t("budgetProject");
}

/** How much money a job, the project and its month may use, and how much they have. */
export function BudgetsCard({ project }: { project: string }): JSX.Element {
  const load = useCallback((signal: AbortSignal) => getBudgets(project, signal), [project]);
  const { data, error, refresh } = useLive(load, 5000);
  const [edited, setEdited] = useState<Budget>();
  const remove = async (budget: Budget) => {
    try {
      await putBudget(project, budget.budget, "unlimited", "");
      toast(t("saved"));
      refresh();
    } catch (fault) {
      toast(sentenceOf(fault), true);
    }
  };
  return (
    <section class="card stack" aria-labelledby="budgets-title">
      <div class="card-head">
        <h2 id="budgets-title">{t("budgets")}</h2>
      </div>
      <p class="quiet">{t("budgetHint")}</p>
      <ErrorNotice error={error} onRetry={refresh} />
      {!data && !error ? <Loading /> : null}
      <ul class="budgets">
        {(data?.budgets ?? []).map((budget) => (
          <BudgetLine
            key={budget.budget}
            budget={budget}
            onEdit={() => setEdited(budget)}
            onRemove={() => void remove(budget)}
          />
        ))}
      </ul>
      {edited ? (
        <BudgetDialog
          project={project}
          budget={edited}
          onDone={refresh}
          onClose={() => setEdited(undefined)}
        />
      ) : null}
    </section>
  );
}

function BudgetLine({
  budget,
  onEdit,
  onRemove,
}: {
  budget: Budget;
  onEdit: () => void;
  onRemove: () => void;
}): JSX.Element {
  const name = nameOf(budget);
  const isSet = budget.amount !== "unlimited";
  const amount = `${budget.amount} ${budget.currency ?? ""}`;
  const share =
    isSet && budget.spent !== undefined ? Number(budget.spent) / Number(budget.amount) : undefined;
  const warn = (budget.warnPercent ?? 80) / 100;
  const text = !isSet
    ? t("noBudget")
    : share === undefined
      ? t("upTo", { amount })
      : t("spentOf", { spent: budget.spent ?? "", amount });
  return (
    <li data-budget={budget.budget}>
      <div class="budget-line">
        <strong>{name}</strong>
        {share !== undefined && share >= warn ? (
          <span class={share >= 1 ? "badge bad" : "badge warn"}>
            {share >= 1 ? t("budgetSpent") : t("budgetNear")}
          </span>
        ) : null}
        <span class="spread" />
        <button type="button" class="button small" aria-label={t("setBudgetOne", { name })} onClick={onEdit}>
          {t("setBudget")}
        </button>
        {isSet ? (
          <button
            type="button"
            class="button small plain"
            aria-label={t("removeBudgetOne", { name })}
            onClick={onRemove}
          >
            {t("removeBudget")}
          </button>
        ) : null}
      </div>
      {share === undefined ? null : (
        <div
          class={toneOf(share, warn)}
          role="meter"
          aria-label={`${name}: ${text}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, Math.round(share * 100))}
        >
          <span style={{ width: `${Math.min(100, share * 100)}%` }} />
        </div>
      )}
      <p class="quiet">
        {text}
        {isSet && budget.warnPercent ? ` · ${t("warnAt", { n: budget.warnPercent })}` : ""}
        {isSet && budget.source ? ` · ${sourceName(budget.source)}` : ""}
      </p>
    </li>
  );
}

function BudgetDialog({
  project,
  budget,
  onDone,
  onClose,
}: {
  project: string;
  budget: Budget;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  const [amount, setAmount] = useState(budget.amount === "unlimited" ? "" : budget.amount);
  const [percent, setPercent] = useState(String(budget.warnPercent ?? 80));
  return (
    <Dialog
      title={nameOf(budget)}
      action={t("set")}
      onAction={async () => {
        await putBudget(project, budget.budget, amount.trim(), percent.trim());
        toast(t("saved"));
        onDone();
      }}
      onClose={onClose}
    >
      <label class="field">
        <span class="label">{t("amount", { currency: budget.currency ?? "USD" })}</span>
        <input
          class="input"
          inputMode="decimal"
          value={amount}
          onInput={(event) => setAmount(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span class="label">{t("warnPercent")}</span>
        <input
          class="input"
          inputMode="numeric"
          value={percent}
          onInput={(event) => setPercent(event.currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}
