import { Component, type JSX } from "preact";
import { formatTime } from "~/i18n/format";
import { Icon } from "~/ui/icons";
import { readAnsi } from "./ansi";
import { markFound } from "./find_text";
import type { Row } from "./fold";
import { lineLimit } from "./line_text";
import { rankOf, shortTask } from "./log_entry";
import { t } from "./messages";
import { textOf } from "./row_text";

const letters = ["·", "D", "I", "N", "W", "E", "C", "A", "!"];
const tones = ["", "", "", "", "warn", "bad", "bad", "bad", "bad"];

interface LineProps {
  text: string;
  wanted: string;
  whole: boolean;
  onWhole: () => void;
}

/** One line of a message: colours, symbols in place of what a terminal would do, marks where the search finds it. */
function Line({ text, wanted, whole, onWhole }: LineProps): JSX.Element {
  const left = whole ? 0 : Math.max(0, text.length - lineLimit);
  const pieces = markFound(readAnsi(left > 0 ? text.slice(0, lineLimit) : text), wanted);
  return (
    <div class="log-line">
      {pieces.length === 0 ? " " : null}
      {pieces.map((piece, n) => {
        const look = piece.symbol ? `${piece.look} symbol` : piece.look;
        if (piece.found)
          return (
            <mark key={n} class={look || undefined}>
              {piece.text}
            </mark>
          );
        return look ? (
          <span key={n} class={look}>
            {piece.text}
          </span>
        ) : (
          piece.text
        );
      })}
      {left > 0 ? (
        <button type="button" class="log-more" onClick={onWhole}>
          {t("showAll", { n: left })}
        </button>
      ) : null}
    </div>
  );
}

export interface LogRowProps {
  row: Row;
  /** Text to mark. */
  wanted: string;
  selected: boolean;
  cursor: boolean;
  marked: boolean;
  failed: boolean;
  /** Long lines are shown whole. */
  whole: boolean;
  showTask: boolean;
  /** Of the texts. */
  language: string;
  onToggle: (key: string) => void;
  onWhole: (key: string) => void;
}

function DrawnRow(props: LogRowProps): JSX.Element | null {
  const { row, wanted, whole } = props;
  const entry = row.kind === "bar" ? row.entries[row.entries.length - 1] : row.entries[0];
  if (!entry) return null;
  const { lines, hidden, earlier, fields } = textOf(row);
  const rank = rankOf(entry.severity);
  const looks = [
    "log-row",
    tones[rank],
    props.selected && "selected",
    props.cursor && "cursor",
    props.marked && "marked",
    props.failed && "failed",
  ];
  const line = (text: string) => (
    <Line text={text} wanted={wanted} whole={whole} onWhole={() => props.onWhole(row.key)} />
  );
  const folded = earlier > 0 ? t("earlier", { n: earlier }) : hidden > 0 ? t("moreLines", { n: hidden }) : "";
  const unfold = folded ? (
    <button type="button" class="log-more" onClick={() => props.onToggle(row.key)}>
      {folded}
    </button>
  ) : null;
  return (
    <div class={looks.filter(Boolean).join(" ")} data-id={row.key}>
      <span class="log-fold">
        {row.foldable ? (
          <button
            type="button"
            aria-expanded={row.opened}
            aria-label={row.opened ? t("fold") : t("unfold")}
            title={row.opened ? t("fold") : t("unfold")}
            onClick={() => props.onToggle(row.key)}
          >
            <Icon name={row.opened ? "down" : "right"} size={12} />
          </button>
        ) : null}
        {props.failed ? <span class="log-flag" title={t("failureMark")} /> : null}
      </span>
      <span class="log-time" title={formatTime(entry.timestamp, true)}>
        {formatTime(entry.timestamp, true).slice(11)}
      </span>
      <span class="log-severity" title={entry.severity}>
        {letters[rank]}
      </span>
      {props.showTask ? (
        <span class="log-task" title={entry.task}>
          {shortTask(entry.task)}
        </span>
      ) : null}
      <div class="log-text">
        {hidden > 0 ? (
          <>
            {line(lines[0] ?? "")}
            <div class="log-line">{unfold}</div>
            {line(lines[1] ?? "")}
          </>
        ) : (
          lines.map((text, n) => (
            <Line key={n} text={text} wanted={wanted} whole={whole} onWhole={() => props.onWhole(row.key)} />
          ))
        )}
        {fields.map((text, n) => (
          <div key={`field ${n}`} class="log-line log-field">
            {text}
          </div>
        ))}
      </div>
      {earlier > 0 ? <span class="log-earlier">{unfold}</span> : null}
    </div>
  );
}

const same = (one: Row, other: Row) =>
  one === other ||
  (one.key === other.key &&
    one.kind === other.kind &&
    one.opened === other.opened &&
    one.foldable === other.foldable &&
    one.entries.length === other.entries.length &&
    one.entries[one.entries.length - 1] === other.entries[other.entries.length - 1]);

/** A row of the log. Folding makes new rows each time, which are mostly the same. */
export class LogRow extends Component<LogRowProps> {
  override shouldComponentUpdate(next: LogRowProps): boolean {
    const names = Object.keys(next) as (keyof LogRowProps)[];
    return !same(this.props.row, next.row) || names.some((n) => n !== "row" && this.props[n] !== next[n]);
  }

  override render(): JSX.Element {
    return <DrawnRow {...this.props} />;
  }
}
