import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { formatCount } from "~/i18n/format";
import { word } from "~/i18n/words";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { deleteObject, type Entry, listAllUnder } from "./listing";
import { t } from "./messages";

const atOnce = 6;
const mostNamed = 6;

interface Props {
  bucket: string;
  entries: Entry[];
  onDone: () => void;
  onClose: () => void;
}

interface Doomed {
  name: string;
  generation: string;
}

/** Asks before objects and folders are deleted; says how many objects that are before it does it. */
export function DeleteDialog({ bucket, entries, onDone, onClose }: Props): JSX.Element {
  const [objects, setObjects] = useState<Doomed[]>([]);
  const [counted, setCounted] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [done, setDone] = useState<number>();
  const gone = useRef(false);
  useEffect(() => {
    const stop = new AbortController();
    const count = async () => {
      const found: Doomed[] = entries.filter((one) => !one.isFolder);
      setObjects(found.slice());
      for (const folder of entries.filter((one) => one.isFolder))
        await listAllUnder(
          bucket,
          folder.name,
          (some) => {
            found.push(...some);
            setObjects(found.slice());
          },
          stop.signal,
        );
      setCounted(true);
    };
    count().catch((error: unknown) => {
      if (!stop.signal.aborted) setFault(error);
    });
    return () => stop.abort();
  }, [bucket, entries]);
  useEffect(
    () => () => {
      gone.current = true;
    },
    [],
  );

  const act = async () => {
    let at = 0;
    let ended = 0;
    setDone(0);
    const one = async () => {
      // A dialog that was closed stops what it does.
      while (at < objects.length && !gone.current) {
        const object = objects[at];
        at += 1;
        if (!object) return;
        await deleteObject(bucket, object.name, object.generation);
        ended += 1;
        setDone(ended);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, one));
      toast(t("deleted", { n: ended }));
    } catch (error) {
      at = objects.length;
      throw new Error(t("deleteStopped", { done: formatCount(ended), fault: sentenceOf(error) }));
    } finally {
      onDone();
    }
  };
  const names = entries.slice(0, mostNamed);
  return (
    <Dialog
      title={t("deleteTitle", { bucket })}
      action={counted && objects.length > 0 ? word("delete") : undefined}
      danger
      onAction={act}
      onClose={onClose}
    >
      <ul class="doomed">
        {names.map((entry) => (
          <li key={entry.name}>
            <code>{entry.name}</code>
          </li>
        ))}
        {entries.length > names.length ? (
          <li class="quiet">{t("existsMore", { n: entries.length - names.length })}</li>
        ) : null}
      </ul>
      <ErrorNotice error={fault} />
      <p role="status">
        {done !== undefined
          ? t("deleting", { done, n: objects.length })
          : counted
            ? t("deleteCount", { n: objects.length })
            : t("counting", { n: objects.length })}
      </p>
      {entries.some((one) => one.isFolder) ? <p class="quiet">{t("deleteFolders")}</p> : null}
      <p>
        <strong>{t("deleteFinal")}</strong>
      </p>
    </Dialog>
  );
}
