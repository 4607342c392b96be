import type { JSX } from "preact";
import { Link } from "wouter-preact";
import { pages } from "~/api/resources";
import { formatBytes, formatTime } from "~/i18n/format";
import { Icon } from "~/ui/icons";
import { lastPart, type Place } from "./addresses";
import type { Entry } from "./listing";
import { t } from "./messages";

interface Props {
  entry: Entry;
  index: number;
  top: number;
  place: Place;
  project: string;
  chosen: boolean;
  onChoose: (entry: Entry, on: boolean) => void;
}

/** One folder or object. */
export function FolderRow({ entry, index, top, place, project, chosen, onChoose }: Props): JSX.Element {
  const { bucket, folder, object } = place;
  const name = entry.isFolder ? lastPart(entry.name) : entry.name.slice(folder.length);
  const open = entry.name === object;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its link is
    <div
      role="row"
      class={`storage-row${open ? " open" : ""}${chosen ? " chosen" : ""}`}
      aria-rowindex={index + 2}
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="cell" class="pick">
        <input
          type="checkbox"
          aria-label={t("select", { name })}
          checked={chosen}
          onChange={(event) => onChoose(entry, event.currentTarget.checked)}
        />
      </div>
      <div role="cell" class="name">
        <Link
          class="entry-name"
          title={name}
          aria-current={open ? "true" : undefined}
          href={
            entry.isFolder
              ? pages.storage(project, bucket, entry.name)
              : pages.storage(project, bucket, folder, entry.name)
          }
        >
          <Icon name={entry.isFolder ? "folder" : "file"} />
          <span>{name}</span>
        </Link>
      </div>
      <div role="cell" class="size number">
        {entry.isFolder ? "" : formatBytes(entry.size)}
      </div>
      <div role="cell" class="type quiet">
        <span>{entry.isFolder ? t("folder") : entry.type || "–"}</span>
      </div>
      <div role="cell" class="changed quiet">
        {entry.updated ? formatTime(entry.updated) : ""}
      </div>
    </div>
  );
}
