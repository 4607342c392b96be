import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Dialog } from "~/ui/dialog";
import { uriOf } from "../addresses";
import { t } from "../messages";
import { cancelUpload, isOpen, sendAgain, uploads } from "./queue";

const mostNamed = 6;

/** When all else is sent: asks once whether the uploads whose names are taken replace what is there. */
export function OverwriteDialog(): JSX.Element | null {
  const all = uploads.value;
  const taken = all.filter((one) => one.state === "exists");
  const answered = useRef(false);
  if (taken.length === 0 || all.some(isOpen)) {
    answered.current = false;
    return null;
  }
  const ids = taken.map((one) => one.id);
  return (
    <Dialog
      title={t("existsTitle")}
      action={t("replace")}
      danger
      onAction={() => {
        answered.current = true;
        sendAgain(ids, true);
      }}
      onClose={() => {
        if (!answered.current) for (const id of ids) cancelUpload(id);
      }}
    >
      <p>{t("existsAsk", { n: taken.length })}</p>
      <ul class="doomed">
        {taken.slice(0, mostNamed).map((one) => (
          <li key={one.id}>
            <code>{uriOf(one.bucket, one.name)}</code>
          </li>
        ))}
        {taken.length > mostNamed ? (
          <li class="quiet">{t("existsMore", { n: taken.length - mostNamed })}</li>
        ) : null}
      </ul>
    </Dialog>
  );
}
