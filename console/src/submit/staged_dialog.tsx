import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { formatBytes, formatTime } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { Choices } from "~/ui/choices";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { ErrorNotice } from "~/ui/notices";
import { Options } from "~/ui/options";
import { SelectField } from "./field";
import { t } from "./messages";
import { browse, packagesOfJobs } from "./staging";

interface Props {
  project: string;
  buckets: string[];
  /** `module`: what the newest job with that package ran; "" when it is not known. */
  onChoose: (uri: string, module: string) => void;
  onClose: () => void;
}

/** Packages that are there already: those of earlier jobs, and what lies in the buckets. */
export function StagedDialog({ project, buckets, onChoose, onClose }: Props): JSX.Element {
  const [browsing, setBrowsing] = useState(false);
  return (
    <Dialog title={t("staged")} onClose={onClose}>
      <div class="row">
        <Choices
          all={[false, true]}
          chosen={browsing}
          nameOf={(one) => t(one ? "fromBucket" : "fromJobs")}
          onChoose={setBrowsing}
        />
      </div>
      {browsing ? (
        <InBucket buckets={buckets} onChoose={(uri) => onChoose(uri, "")} />
      ) : (
        <OfJobs project={project} onChoose={onChoose} />
      )}
    </Dialog>
  );
}

function OfJobs({ project, onChoose }: Pick<Props, "project" | "onChoose">): JSX.Element {
  const load = useCallback((signal: AbortSignal) => packagesOfJobs(project, signal), [project]);
  const { data, error, refresh } = useLive(load, 0);
  return (
    <div class="submit-list">
      <ErrorNotice error={error} onRetry={refresh} />
      {data?.length === 0 ? <p class="quiet">{t("noStaged")}</p> : null}
      {(data ?? []).map((one) => (
        <button
          key={one.uri}
          type="button"
          class="submit-choice"
          onClick={() => onChoose(one.uri, one.module)}
        >
          <span>{one.uri.slice(one.uri.lastIndexOf("/") + 1)}</span>
          <span class="quiet">{t("usedBy", { job: one.jobId, time: formatTime(one.createTime) })}</span>
          <code>{one.uri}</code>
        </button>
      ))}
    </div>
  );
}

function InBucket({
  buckets,
  onChoose,
}: {
  buckets: string[];
  onChoose: (uri: string) => void;
}): JSX.Element {
  const [bucket, setBucket] = useState(buckets[0] ?? "");
  const [folder, setFolder] = useState("");
  const load = useCallback(
    async (signal: AbortSignal) => (bucket ? browse(bucket, folder, signal) : { folders: [], packages: [] }),
    [bucket, folder],
  );
  const { data, error, refresh } = useLive(load, 0);
  const last = (path: string) => path.replace(/\/$/, "").split("/").at(-1) ?? path;
  return (
    <>
      <SelectField
        label={t("fromBucket")}
        value={bucket}
        onValue={(name) => {
          setBucket(name);
          setFolder("");
        }}
      >
        <Options names={buckets} />
      </SelectField>
      <p class="mono">
        gs://{bucket}/{folder}
      </p>
      <div class="submit-list">
        <ErrorNotice error={error} onRetry={refresh} />
        {folder ? (
          <button
            type="button"
            class="submit-choice"
            onClick={() => setFolder(folder.replace(/[^/]*\/$/, ""))}
          >
            <span class="row">
              <Icon name="up" />
              {t("folderUp")}
            </span>
          </button>
        ) : null}
        {(data?.folders ?? []).map((name) => (
          <button key={name} type="button" class="submit-choice" onClick={() => setFolder(name)}>
            <span class="row">
              <Icon name="folder" />
              {last(name)}/
            </span>
          </button>
        ))}
        {(data?.packages ?? []).map((one) => (
          <button
            key={one.name}
            type="button"
            class="submit-choice"
            onClick={() => onChoose(`gs://${bucket}/${one.name}`)}
          >
            <span class="row">
              <Icon name="file" />
              {last(one.name)}
            </span>
            <span class="quiet">
              {formatBytes(one.size)}, {formatTime(one.updated)}
            </span>
          </button>
        ))}
        {data && data.folders.length + data.packages.length === 0 ? (
          <p class="quiet">{t("noPackagesHere")}</p>
        ) : null}
      </div>
    </>
  );
}
