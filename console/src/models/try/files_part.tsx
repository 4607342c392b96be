import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatBytes } from "~/i18n/format";
import { Icon } from "~/ui/icons";
import { t } from "./messages";

const mostFiles = 20;

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

interface Props {
  files: File[];
  onFiles: (files: File[]) => void;
}

/** Files that are dropped or chosen; sounds can be heard before they are sent. */
export function FilesPart({ files, onFiles }: Props): JSX.Element {
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const add = (list: FileList | null | undefined) => {
    if (list && list.length > 0) onFiles([...files, ...list].slice(-mostFiles));
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button does the same */}
      <div
        class={over ? "try-drop over" : "try-drop"}
        onDragOver={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          setOver(false);
          add(event.dataTransfer?.files);
        }}
      >
        <Icon name="upload" size={20} />
        <span>{t("drop")}</span>
        <button type="button" class="button small" onClick={() => chooser.current?.click()}>
          {t("choose")}
        </button>
        <input
          ref={chooser}
          class="hidden-text"
          type="file"
          multiple
          tabIndex={-1}
          aria-label={t("choose")}
          onChange={(event) => {
            add(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      {files.length > 0 ? (
        <ul class="try-files">
          {files.map((file, n) => (
            <FileLine
              key={`${n} ${file.name}`}
              file={file}
              onTake={() => onFiles(files.filter((one) => one !== file))}
            />
          ))}
        </ul>
      ) : null}
    </>
  );
}

const isSound = (file: File) => file.type.startsWith("audio/") || /\.wav$/i.test(file.name);

function FileLine({ file, onTake }: { file: File; onTake: () => void }): JSX.Element {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!isSound(file)) return;
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <li>
      <div class="row">
        <Icon name="file" />
        <span class="spread">{file.name}</span>
        <span class="quiet nowrap">{formatBytes(file.size)}</span>
        <button
          type="button"
          class="button small plain"
          aria-label={t("take", { name: file.name })}
          onClick={onTake}
        >
          <Icon name="cross" size={14} />
        </button>
      </div>
      {isSound(file) ? (
        <div class="try-sound">
          {/* biome-ignore lint/a11y/useMediaCaption: what is said in a clip is what the model is asked */}
          <audio controls preload="metadata" src={address} aria-label={t("soundOf", { name: file.name })} />
        </div>
      ) : null}
    </li>
  );
}
