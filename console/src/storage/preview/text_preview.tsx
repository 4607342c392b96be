import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { formatBytes } from "~/i18n/format";
import { Choices } from "~/ui/choices";
import { ErrorNotice } from "~/ui/notices";
import { lastPart } from "../addresses";
import type { StoredObject } from "../listing";
import { t } from "../messages";
import { visibleText } from "./bytes";
import { CsvTable } from "./csv_table";
import { hexLines } from "./hex";
import type { Kind } from "./kinds";
import { prettyJson } from "./pretty_json";
import { useText } from "./use_text";

interface Props {
  bucket: string;
  object: StoredObject;
  kind: Kind;
}

/** An object as text; values with commas as a table and JSON in lines, unless a person wants it as it is. */
export function TextPreview({ bucket, object, kind }: Props): JSX.Element {
  const part = useText(bucket, object);
  const [asIs, setAsIs] = useState(false);
  const size = Number(object.size ?? 0);
  const special = !part.raw && (kind === "table" || kind === "json");
  const shown = part.raw ? "bytes" : asIs || !special ? "text" : kind;
  const nameOf = (plain: boolean) =>
    kind === "table" ? t(plain ? "asText" : "asTable") : t(plain ? "asIs" : "asPretty");
  return (
    <div class="preview">
      {special ? (
        <div class="row" role="group" aria-label={t("view")}>
          <Choices all={[false, true]} chosen={asIs} nameOf={nameOf} onChoose={setAsIs} />
        </div>
      ) : null}
      <ErrorNotice error={part.error} />
      {part.raw ? <p class="quiet">{t("noPreview")}</p> : null}
      {shown === "table" ? (
        <CsvTable
          text={part.text}
          whole={part.whole}
          label={t("content", { name: lastPart(object.name) })}
          busy={part.busy}
          onMore={part.more}
        />
      ) : (
        <Lines
          text={part.raw ? hexLines(part.raw) : part.text}
          pretty={shown === "json"}
          packed={shown !== "bytes"}
          label={t("content", { name: lastPart(object.name) })}
        />
      )}
      {part.whole || part.raw ? null : (
        <div class="row">
          <span class="quiet" role="status">
            {part.bytes > 0
              ? t(part.more ? "moreOf" : "shownLimit", {
                  shown: formatBytes(part.bytes),
                  size: formatBytes(size),
                })
              : "\u00a0"}
          </span>
          {part.more && shown !== "table" ? (
            <button type="button" class="button small" disabled={part.busy} onClick={part.more}>
              {t("more")}
            </button>
          ) : null}
        </div>
      )}
    </div>
  );
}

function Lines({
  text,
  pretty,
  packed,
  label,
}: {
  text: string;
  pretty: boolean;
  /** Long lines are wrapped. */
  packed: boolean;
  label: string;
}): JSX.Element {
  const shown = useMemo(() => visibleText(pretty ? prettyJson(text) : text), [text, pretty]);
  return (
    <pre class={packed ? "preview-text" : "preview-text bytes"} tabIndex={0} role="region" aria-label={label}>
      {shown}
    </pre>
  );
}
