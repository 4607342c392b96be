import type { JSX } from "preact";
import { formatBytes } from "~/i18n/format";
import type { StoredObject } from "../listing";
import { t } from "../messages";
import { kindOf } from "./kinds";
import { PicturePreview } from "./picture_preview";
import { SoundPreview } from "./sound_preview";
import { TextPreview } from "./text_preview";

/** Larger pictures and sounds are not taken into the browser's memory. */
const mostMedia = 64 * 1024 * 1024;

/** Shows what an object holds. Nothing of it is ever taken for a page or a program. */
export function Preview({ bucket, object }: { bucket: string; object: StoredObject }): JSX.Element {
  const size = Number(object.size ?? 0);
  const kind = kindOf(object.name, object.contentType ?? "");
  if (size === 0) return <p class="quiet preview-none">{t("emptyObject")}</p>;
  if (kind === "image" || kind === "audio") {
    if (size > mostMedia)
      return <p class="quiet preview-none">{t("tooLarge", { size: formatBytes(size) })}</p>;
    return kind === "image" ? (
      <PicturePreview bucket={bucket} object={object} />
    ) : (
      <SoundPreview bucket={bucket} object={object} />
    );
  }
  return <TextPreview bucket={bucket} object={object} kind={kind} />;
}
