import { formatMoney } from "~/i18n/format";
import type { Price } from "./job_detail";
import { t } from "./messages";

/** "0.73 units, 0.36 USD"; "" before anything was used. */
export function usedText({ used, currency = "" }: Price): string {
  return used ? t("used", { units: used.units.toFixed(2), money: formatMoney(used.money, currency) }) : "";
}
