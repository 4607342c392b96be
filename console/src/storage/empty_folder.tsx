import type { JSX } from "preact";
import { Empty } from "~/ui/notices";
import { uriOf } from "./addresses";
import { t } from "./messages";

/** Says why there is no row, and what would make one. */
export function EmptyFolder({
  bucket,
  folder,
  begin,
}: {
  bucket: string;
  folder: string;
  begin: string;
}): JSX.Element {
  if (begin) return <Empty title={t("nothingBegins", { begin })} />;
  return (
    <Empty title={t("emptyFolder")}>
      <p>{t("emptyFolderHint", { uri: uriOf(bucket, folder) })}</p>
    </Empty>
  );
}
