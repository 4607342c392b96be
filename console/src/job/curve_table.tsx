import type { JSX } from "preact";
import { formatCount } from "~/i18n/format";
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
      <div class="scroll-x" role="group" aria-labelledby="values-head" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t("tag")}</th>
              <th scope="col">{t("run")}</th>
              {(["points", "lastStep", "last", "min", "max", "notFinite"] as const).map((name) => (
                <th key={name} scope="col" class="number">
                  {t(name)}
                </th>
              ))}
            </tr>
          </thead>
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
        </table>
      </div>
    </section>
  );
}
