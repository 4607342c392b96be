import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { send } from "~/api/http";
import { pages, paths } from "~/api/resources";
import { formatTime } from "~/i18n/format";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { Empty, ErrorNotice, Loading } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { useProject } from "~/ui/use_query";
import { type Bucket, createBucket, listBuckets } from "./listing";
import { t } from "./messages";

/** All buckets of the project. */
export function BucketsView(): JSX.Element {
  const project = useProject();
  const load = useCallback((signal: AbortSignal) => listBuckets(project, signal), [project]);
  const { data, error, refresh } = useLive(load, 10_000);
  const [making, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<string>();
  return (
    <>
      <div class="page-head">
        <h1>{t("storage")}</h1>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          <Icon name="plus" />
          {t("newBucket")}
        </button>
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      {data === undefined && !error ? <Loading /> : null}
      {data?.length === 0 ? (
        <Empty title={t("noBuckets")}>
          <p>{t("noBucketsHint")}</p>
        </Empty>
      ) : null}
      {data && data.length > 0 ? <BucketTable buckets={data} project={project} onDelete={setDoomed} /> : null}
      {making ? <NewBucket project={project} onMade={refresh} onClose={() => setMaking(false)} /> : null}
      {doomed ? (
        <Dialog
          title={t("deleteBucket")}
          action={word("delete")}
          danger
          onAction={async () => {
            await send(paths.bucket(doomed), { method: "DELETE" });
            toast(t("bucketDeleted", { name: doomed }));
            refresh();
          }}
          onClose={() => setDoomed(undefined)}
        >
          <p>{t("deleteBucketAsk", { name: doomed })}</p>
        </Dialog>
      ) : null}
    </>
  );
}

function BucketTable({
  buckets,
  project,
  onDelete,
}: {
  buckets: Bucket[];
  project: string;
  onDelete: (bucket: string) => void;
}): JSX.Element {
  return (
    <div class="card flush scroll-x" role="group" aria-label={t("buckets")} tabIndex={0}>
      <table class="table">
        <caption class="hidden-text">{t("buckets")}</caption>
        <thead>
          <tr>
            <th>{word("name")}</th>
            <th class="wide-only">{t("location")}</th>
            <th class="wide-only">{t("storageClass")}</th>
            <th class="wide-only">{t("created")}</th>
            <th>
              <span class="hidden-text">{t("actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket.name}>
              <td>
                <Link class="entry-name" href={pages.storage(project, bucket.name)}>
                  <Icon name="storage" />
                  {bucket.name}
                </Link>
              </td>
              <td class="wide-only quiet">{bucket.location || "–"}</td>
              <td class="wide-only quiet">{bucket.storageClass || "–"}</td>
              <td class="wide-only quiet nowrap">
                {bucket.timeCreated ? formatTime(bucket.timeCreated) : "–"}
              </td>
              <td class="number">
                <button
                  type="button"
                  class="button small plain"
                  aria-label={t("deleteOne", { name: bucket.name })}
                  onClick={() => onDelete(bucket.name)}
                >
                  {word("delete")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Asks for a name; what is wrong with it is the engine's sentence. */
function NewBucket({
  project,
  onMade,
  onClose,
}: {
  project: string;
  onMade: () => void;
  onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState("");
  return (
    <Dialog
      title={t("newBucket")}
      action={word("create")}
      onAction={async () => {
        await createBucket(project, name.trim());
        toast(t("bucketMade", { name: name.trim() }));
        onMade();
      }}
      onClose={onClose}
    >
      <label class="field">
        <span class="label">{t("bucketName")}</span>
        <input
          class="input"
          value={name}
          spellcheck={false}
          autocapitalize="none"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <span class="hint">{t("bucketNameHint")}</span>
      </label>
    </Dialog>
  );
}
