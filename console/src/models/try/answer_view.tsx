import type { JSX } from "preact";
import { formatCount } from "~/i18n/format";
import { prettyJson } from "~/storage/preview/pretty_json";
import { DataTable } from "~/ui/data_table";
import { Fact } from "~/ui/facts";
import { Meter } from "~/ui/meter";
import { latencyText } from "../rates";
import type { Told } from "./answer";
import type { Loose } from "./loose_json";
import { t } from "./messages";
import { columnsOf, lineOf, type Ranking, rankingOf } from "./readings";

const mostRows = 50;
// Of a long answer the page draws this much.
const mostText = 200_000;

/** What a version answered, in the form that reads best, and the JSON itself. */
export function AnswerView({ told, names }: { told: Told; names: readonly string[] }): JSX.Element {
  const { answer, version, seconds } = told;
  const time = latencyText(seconds);
  const refused = answer.kind === "refused";
  return (
    <div class="try-answer" data-kind={answer.kind}>
      <p class="quiet">
        {version ? t(refused ? "refusedBy" : "answeredBy", { version, time }) : t("answered", { time })}
      </p>
      {answer.kind === "refused" ? (
        <p class="notice bad" role="alert">
          {answer.error}
        </p>
      ) : null}
      {answer.kind === "predictions" ? <Predictions predictions={answer.predictions} names={names} /> : null}
      <details open={answer.kind === "other"}>
        <summary>{t("json")}</summary>
        <pre class="try-json" tabIndex={0}>
          {prettyJson(answer.text.slice(0, mostText))}
          {answer.text.length > mostText ? " …" : ""}
        </pre>
      </details>
    </div>
  );
}

function Predictions({
  predictions,
  names,
}: {
  predictions: readonly Loose[];
  names: readonly string[];
}): JSX.Element {
  const shown = predictions.slice(0, mostRows);
  const rankings = shown.map(rankingOf);
  const left = predictions.length - shown.length;
  const nameOf = (n: number) => names[n] ?? t("place", { n: n + 1 });
  const columns = columnsOf(shown);
  return (
    <>
      {columns ? (
        <Table names={columns.names} rows={columns.rows} nameOf={nameOf} />
      ) : (
        shown.map((prediction, n) => {
          const ranking = rankings[n];
          return (
            <section key={n} class="try-one" aria-label={nameOf(n)}>
              {shown.length > 1 || names.length > 0 ? <h4>{nameOf(n)}</h4> : null}
              {ranking ? <Scores ranking={ranking} /> : <pre class="try-json">{lineOf(prediction)}</pre>}
            </section>
          );
        })
      )}
      {left > 0 ? <p class="quiet">{t("more", { n: left })}</p> : null}
    </>
  );
}

const scoreText = (score: number) =>
  Number.isFinite(score)
    ? Math.abs(score) >= 1e4
      ? score.toExponential(3)
      : score.toFixed(4)
    : String(score);

function Scores({ ranking }: { ranking: Ranking }): JSX.Element {
  const shown = ranking.scores.slice(0, mostRows);
  const left = ranking.scores.length - shown.length;
  return (
    <>
      <table class="table try-scores">
        <thead>
          <tr>
            <th scope="col">{t("label")}</th>
            <th scope="col" class="number" colSpan={ranking.isShare ? 2 : 1}>
              {t("score")}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ label, score }, n) => (
            <tr key={n} class={n === 0 ? "best" : ""}>
              <th scope="row">{label}</th>
              {ranking.isShare ? (
                <td class="try-bar">
                  <Meter value={score} most={1} label={`${label}: ${scoreText(score)}`} />
                </td>
              ) : null}
              <td class="number">{scoreText(score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? <p class="quiet">{t("more", { n: left })}</p> : null}
      {ranking.rest.length > 0 ? (
        <dl class="facts">
          {ranking.rest.map(([name, value]) => (
            <Fact key={name} name={name} mono>
              {lineOf(value)}
            </Fact>
          ))}
        </dl>
      ) : null}
    </>
  );
}

const cellText = (value: Loose) => (typeof value === "string" ? value : lineOf(value));

function Table({
  names,
  rows,
  nameOf,
}: {
  names: string[];
  rows: Loose[][];
  nameOf: (n: number) => string;
}): JSX.Element {
  const numeric = names.map((_, column) =>
    rows.every((row) => typeof row[column] === "number" || typeof row[column] === "bigint"),
  );
  return (
    <DataTable
      aria-label={t("answer")}
      columns={[
        { name: formatCount(rows.length), class: "number" },
        ...names.map((name, column) => ({
          name: name || t("value"),
          class: numeric[column] ? "number" : "",
        })),
      ]}
    >
      <tbody>
        {rows.map((row, n) => (
          <tr key={n}>
            <th scope="row">{nameOf(n)}</th>
            {row.map((value, column) => (
              <td key={column} class={numeric[column] ? "number mono" : "mono"}>
                {cellText(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}
