import type { JSX } from "preact";
import { Icon } from "~/ui/icons";
import { t } from "./messages";

interface SelectionBarProps {
  count: number;
  onCopyLines: () => void;
  onCopyLink: () => void;
  onClear: () => void;
}

/** What can be done with the lines that are selected. */
export function SelectionBar({ count, onCopyLines, onCopyLink, onClear }: SelectionBarProps): JSX.Element {
  return (
    <div class="log-selection">
      <span>{t("selected", { n: count })}</span>
      <button type="button" class="button small" onClick={onCopyLines}>
        <Icon name="copy" size={14} />
        {t("copyLines")}
      </button>
      <button type="button" class="button small" onClick={onCopyLink}>
        <Icon name="link" size={14} />
        {t("copyLink")}
      </button>
      <button
        type="button"
        class="button small plain"
        aria-label={t("unselect")}
        title={t("unselect")}
        onClick={onClear}
      >
        <Icon name="cross" size={12} />
      </button>
    </div>
  );
}
