import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ErrorNotice, Loading } from "~/ui/notices";
import { lastPart } from "../addresses";
import type { StoredObject } from "../listing";
import { t } from "../messages";
import { useMedia } from "./use_media";

export function PicturePreview({ bucket, object }: { bucket: string; object: StoredObject }): JSX.Element {
  const { media, error } = useMedia(bucket, object, "image/");
  const [pixels, setPixels] = useState<{ width: number; height: number }>();
  const [broken, setBroken] = useState(false);
  if (error) return <ErrorNotice error={error} />;
  if (!media) return <Loading />;
  if (broken || !media.address) return <p class="notice warn">{t("pictureBroken")}</p>;
  return (
    <figure class="preview-picture">
      <img
        src={media.address}
        alt={t("pictureOf", { name: lastPart(object.name) })}
        onLoad={(event) =>
          setPixels({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
        }
        onError={() => setBroken(true)}
      />
      <figcaption class="quiet">{pixels ? t("pictureSize", pixels) : "\u00a0"}</figcaption>
    </figure>
  );
}
