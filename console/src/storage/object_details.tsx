import type { JSX } from "preact";
import { formatBytes, formatTime } from "~/i18n/format";
import { word } from "~/i18n/words";
import { Fact } from "~/ui/facts";
import { uriOf } from "./addresses";
import type { StoredObject } from "./listing";
import { t } from "./messages";

/** All that the storage API tells of an object. */
export function ObjectDetails({ bucket, object }: { bucket: string; object: StoredObject }): JSX.Element {
  const size = Number(object.size ?? 0);
  const facts: [string, string | undefined, boolean?][] = [
    [t("fullName"), uriOf(bucket, object.name), true],
    [word("size"), `${formatBytes(size)} (${t("bytesExact", { n: size })})`],
    [t("contentType"), object.contentType],
    [t("encoding"), object.contentEncoding],
    [t("created"), object.timeCreated && formatTime(object.timeCreated)],
    [t("changed"), object.updated && formatTime(object.updated)],
    [t("generation"), object.generation, true],
    [t("metageneration"), object.metageneration, true],
    ["MD5", object.md5Hash, true],
    ["CRC32C", object.crc32c, true],
    ["Content-Disposition", object.contentDisposition],
    ["Content-Language", object.contentLanguage],
    ["Cache-Control", object.cacheControl],
    [t("components"), object.componentCount === undefined ? undefined : String(object.componentCount)],
    [t("storageClass"), object.storageClass],
  ];
  const own = Object.entries(object.metadata ?? {});
  return (
    <details class="object-details" open>
      <summary>{word("details")}</summary>
      <dl class="facts">
        {facts.map(([name, value, mono]) =>
          value ? (
            <Fact key={name} name={name} mono={mono}>
              {value}
            </Fact>
          ) : null,
        )}
        {own.length > 0 ? (
          <Fact name={t("ownMetadata")}>
            {own.map(([key, value]) => (
              <div key={key} class="mono">
                {key}: {value}
              </div>
            ))}
          </Fact>
        ) : null}
      </dl>
    </details>
  );
}
