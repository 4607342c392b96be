import type { JSX } from "preact";
import { formatCount } from "~/i18n/format";
import { DataTable, numbers } from "~/ui/data_table";
import { t } from "./chart_messages";
import { type Curve, lineKey } from "./curves";

const figure = (value: number | undefined) =>
  value === undefined ? "–" : String(Number(value.toPrecision(6)));

/** The last, least and greatest value of each curve. */
export function CurveTable({
  curves,
  nameOf,
}: {
  curves: Curve[];
  nameOf: (curve: Curve) => string;
}): JSX.Element {
  return (
    <section class="card" aria-labelledby="values-head">
      <div class="card-head">
        <h2 id="values-head">{t("table")}</h2>
      </div>
      <DataTable
        aria-labelledby="values-head"
        columns={[
          t("tag"),
          t("run"),
          ...numbers(t("points"), t("lastStep"), t("last"), t("min"), t("max"), t("notFinite")),
        ]}
      >
        <tbody>
          {curves.map((curve) => {
            const { series } = curve;
            const last = series.points.at(-1);
            return (
              <tr key={`${lineKey(curve)} ${series.tag}`}>
                <th scope="row">{series.tag}</th>
                <td>{nameOf(curve)}</td>
                <td class="number">{formatCount(Number(series.count))}</td>
                <td class="number">{last ? formatCount(Number(last.step)) : "–"}</td>
                <td class="number">
                  {typeof last?.value === "string" ? (
                    <span class="badge bad">{last.value}</span>
                  ) : (
                    figure(last?.value)
                  )}
                </td>
                <td class="number">{figure(series.min)}</td>
                <td class="number">{figure(series.max)}</td>
                <td class="number">
                  {series.nonFinite ? (
                    <span class="badge bad">{formatCount(Number(series.nonFinite.count))}</span>
                  ) : (
                    "0"
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </DataTable>
    </section>
  );
}
