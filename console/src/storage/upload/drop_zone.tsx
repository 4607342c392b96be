import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { Icon } from "~/ui/icons";
import { toast } from "~/ui/toasts";
import { uriOf } from "../addresses";
import { t } from "../messages";
import { droppedFiles, type NamedFile } from "./dropped_files";

interface Props {
  bucket: string;
  folder: string;
  onFiles: (files: NamedFile[]) => void;
  children: ComponentChildren;
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Takes files and folders that are dropped anywhere on it. Who cannot drag has the buttons. */
export function DropZone({ bucket, folder, onFiles, children }: Props): JSX.Element {
  const [depth, setDepth] = useState(0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons do the same
    <div
      class="drop-zone"
      onDragEnter={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDepth((n) => n + 1);
      }}
      onDragLeave={(event) => {
        if (hasFiles(event)) setDepth((n) => Math.max(0, n - 1));
      }}
      onDragOver={(event) => {
        if (hasFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!event.dataTransfer || !hasFiles(event)) return;
        event.preventDefault();
        setDepth(0);
        droppedFiles(event.dataTransfer).then(onFiles, (error: unknown) => toast(sentenceOf(error), true));
      }}
    >
      {children}
      {depth > 0 ? (
        <div class="drop-here">
          <Icon name="upload" size={28} />
          {t("dropHere", { uri: uriOf(bucket, folder) })}
        </div>
      ) : null}
    </div>
  );
}
