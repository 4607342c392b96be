import type { JSX } from "preact";
import { formatCount } from "~/i18n/format";
import { word } from "~/i18n/words";
import { copyText } from "~/ui/copy_button";
import { Icon } from "~/ui/icons";
import { useTyped } from "~/ui/use_typed";
import { uriOf } from "./addresses";
import type { Entry } from "./listing";
import { t } from "./messages";
import type { Folder } from "./use_folder";

interface Props {
  begin: string;
  onBegin: (begin: string) => void;
  list: Folder;
  /** All rows are being loaded because they are to be sorted. */
  sorting: boolean;
  /** There are too many to sort. */
  sortedPart: boolean;
  picked: Entry[];
  bucket: string;
  onDelete: () => void;
  onClear: () => void;
}

/** Above a folder's rows: narrows them, says how many there are, and acts on those that are selected. */
export function FolderTools(props: Props): JSX.Element {
  const { picked } = props;
  return (
    <div class="storage-tools">
      <Narrow begin={props.begin} onBegin={props.onBegin} />
      {picked.length > 0 ? (
        <div class="row" role="group" aria-label={t("selected", { n: picked.length })}>
          <strong>{t("selected", { n: picked.length })}</strong>
          <button
            type="button"
            class="button small"
            onClick={() => void copyText(picked.map((entry) => uriOf(props.bucket, entry.name)).join("\n"))}
          >
            <Icon name="copy" size={14} />
            {t("copyPaths")}
          </button>
          <button type="button" class="button small danger" onClick={props.onDelete}>
            {word("delete")}
          </button>
          <button type="button" class="button small plain" onClick={props.onClear}>
            {t("clear")}
          </button>
        </div>
      ) : (
        <Count {...props} />
      )}
    </div>
  );
}

function Count({ list, sorting, sortedPart }: Props): JSX.Element {
  const n = list.entries.length;
  return (
    <div class="row">
      <span class="quiet" role="status">
        {!list.loaded
          ? ""
          : sorting
            ? t("loadingAll", { n })
            : sortedPart
              ? t("sortedPart", { n })
              : list.more
                ? t("countMore", { n: formatCount(n) })
                : t("count", { n })}
      </span>
      {list.more && !sorting && !sortedPart ? (
        <button type="button" class="button small plain" onClick={list.loadAll}>
          {t("loadAll")}
        </button>
      ) : null}
    </div>
  );
}

/** Asks the engine for names that begin so, a moment after the last key. */
function Narrow({ begin, onBegin }: { begin: string; onBegin: (begin: string) => void }): JSX.Element {
  const [typed, type] = useTyped(begin, onBegin);
  return (
    <input
      class="input narrow"
      type="search"
      aria-label={t("beginsWith")}
      placeholder={t("beginsWith")}
      value={typed}
      spellcheck={false}
      onInput={(event) => type(event.currentTarget.value)}
    />
  );
}
