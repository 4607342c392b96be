import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { send } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { word } from "~/i18n/words";
import { CopyButton } from "~/ui/copy_button";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { toast } from "~/ui/toasts";
import { crumbsOf, type Place, uriOf } from "./addresses";
import { t } from "./messages";
import { chosenFiles } from "./upload/dropped_files";
import { upload } from "./upload/queue";

interface Props {
  place: Place;
  project: string;
  onChange: () => void;
}

/** Where one is, and what can be brought there. */
export function FolderHead({ place, project, onChange }: Props): JSX.Element {
  const { bucket, folder } = place;
  const crumbs = crumbsOf(folder);
  const here = crumbs.at(-1)?.label ?? bucket;
  const [making, setMaking] = useState(false);
  return (
    <>
      <nav class="crumbs" aria-label={t("path")}>
        <Link href={pages.storage(project)}>{t("buckets")}</Link>
        {crumbs.length > 0 ? (
          <>
            <Icon name="right" size={12} />
            <Link href={pages.storage(project, bucket)}>{bucket}</Link>
          </>
        ) : null}
        {crumbs.slice(0, -1).map((crumb) => (
          <>
            <Icon name="right" size={12} />
            <Link href={pages.storage(project, bucket, crumb.folder)}>{crumb.label}</Link>
          </>
        ))}
      </nav>
      <div class="page-head">
        <h1>
          <Icon name={crumbs.length > 0 ? "folder" : "storage"} size={20} />
          {here}
        </h1>
        <CopyButton text={uriOf(bucket, folder)} label={t("copyPath")} />
        <button type="button" class="button small" onClick={onChange}>
          <Icon name="refresh" size={14} />
          {word("refresh")}
        </button>
        <button type="button" class="button small" onClick={() => setMaking(true)}>
          <Icon name="folder" size={14} />
          {t("newFolder")}
        </button>
        <Chooser bucket={bucket} folder={folder} folders />
        <Chooser bucket={bucket} folder={folder} />
      </div>
      {making ? (
        <NewFolder bucket={bucket} folder={folder} onMade={onChange} onClose={() => setMaking(false)} />
      ) : null}
    </>
  );
}

/** A button that opens the browser's chooser of files, or of a folder, and uploads what is chosen. */
function Chooser({
  bucket,
  folder,
  folders = false,
}: {
  bucket: string;
  folder: string;
  folders?: boolean;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const label = folders ? t("uploadFolder") : t("uploadFiles");
  return (
    <>
      <button
        type="button"
        class={folders ? "button small" : "button small primary"}
        onClick={() => input.current?.click()}
      >
        <Icon name="upload" size={14} />
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={label}
        // @ts-expect-error: what all browsers have and no standard names
        webkitdirectory={folders || undefined}
        onChange={(event) => {
          const files = chosenFiles(event.currentTarget.files);
          event.currentTarget.value = "";
          upload(
            bucket,
            files.map(({ path, file }) => ({ name: folder + path, file })),
          );
        }}
      />
    </>
  );
}

/** Makes what other programs make too so that an empty folder is seen: an empty object whose name ends with a slash. */
function NewFolder({
  bucket,
  folder,
  onMade,
  onClose,
}: {
  bucket: string;
  folder: string;
  onMade: () => void;
  onClose: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState("");
  return (
    <Dialog
      title={t("newFolder")}
      action={word("create")}
      onAction={async () => {
        const name = typed.replace(/\/+$/, "");
        await send(paths.upload(bucket), {
          method: "POST",
          query: { uploadType: "media", name: name && `${folder}${name}/`, ifGenerationMatch: "0" },
          body: "",
        });
        toast(t("folderMade", { name }));
        onMade();
      }}
      onClose={onClose}
    >
      <label class="field">
        <span class="label">{t("folderName")}</span>
        <input class="input" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        <span class="hint">{t("folderNameHint")}</span>
      </label>
    </Dialog>
  );
}
