import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { paths } from "~/api/resources";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { CopyButton } from "~/ui/copy_button";
import { Icon } from "~/ui/icons";
import { ErrorNotice, Loading } from "~/ui/notices";
import { lastPart, uriOf } from "./addresses";
import { type Entry, entriesOf, objectAt, type StoredObject } from "./listing";
import { t } from "./messages";
import { ObjectDetails } from "./object_details";
import { Preview } from "./preview/preview";

interface Props {
  bucket: string;
  name: string;
  onClose: () => void;
  onDelete: (entry: Entry) => void;
}

/** One object: what it holds, what is known of it, and what can be done with it. */
export function ObjectPanel({ bucket, name, onClose, onDelete }: Props): JSX.Element {
  const load = useCallback((signal: AbortSignal) => objectAt(bucket, name, signal), [bucket, name]);
  const { data, error, refresh } = useLive(load, 5000);
  // What is being read stays while the object is written again; the person says when to go on.
  const [shown, setShown] = useState<StoredObject>();
  const current = shown ?? data;
  useEffect(() => {
    if (data) setShown((before) => before ?? data);
  }, [data]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const entry = current ? entriesOf({ items: [current] }, "")[0] : undefined;
  return (
    <section class="card object-panel" aria-label={t("object")}>
      <div class="card-head">
        <h2 ref={heading} tabIndex={-1} title={name}>
          {lastPart(name)}
        </h2>
        <button type="button" class="button small plain" aria-label={t("closePanel")} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="row">
        <a
          class="button small"
          href={paths.media(bucket, name)}
          download={lastPart(name).replace(/\/$/, "") || "object"}
        >
          <Icon name="download" size={14} />
          {word("download")}
        </a>
        <CopyButton text={uriOf(bucket, name)} label={t("copyPath")} />
        {entry ? (
          <button type="button" class="button small danger" onClick={() => onDelete(entry)}>
            {word("delete")}
          </button>
        ) : null}
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      {!current && !error ? <Loading /> : null}
      {current && data && data.generation !== current.generation ? (
        <div class="notice warn" role="status">
          <span>{t("changedMeanwhile")}</span>
          <button type="button" class="button small" onClick={() => setShown(data)}>
            {t("showAgain")}
          </button>
        </div>
      ) : null}
      {current ? (
        <>
          <Preview key={current.generation} bucket={bucket} object={current} />
          <ObjectDetails bucket={bucket} object={current} />
        </>
      ) : null}
    </section>
  );
}
