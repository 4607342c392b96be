import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { folderOf, lastPart, uriOf } from "~/storage/addresses";
import { listBuckets, listPart } from "~/storage/listing";
import { Field } from "~/submit/field";
import { Icon } from "~/ui/icons";
import { ErrorNotice } from "~/ui/notices";
import { t } from "./messages";

interface Props {
  project: string;
  value: string;
  onChange: (uri: string) => void;
  label?: string;
  hint?: string;
}

const modelFiles = ["saved_model.pb", "saved_model.pbtxt", "model.joblib", "model.pkl", "model.bst"];

/** A gs:// folder, typed or found among the buckets. */
export function FolderPicker({
  project,
  value,
  onChange,
  label = t("folder"),
  hint = t("folderHint"),
}: Props): JSX.Element {
  const [browsing, setBrowsing] = useState(false);
  return (
    <>
      <Field label={label} hint={hint}>
        {(attributes) => (
          <div class="folder-typed">
            <input
              {...attributes}
              class="input mono"
              placeholder="gs://"
              value={value}
              spellcheck={false}
              autocapitalize="none"
              onInput={(event) => onChange(event.currentTarget.value)}
            />
            <button
              type="button"
              class="button"
              aria-expanded={browsing}
              onClick={() => setBrowsing(!browsing)}
            >
              <Icon name="folder" />
              {t("browse")}
            </button>
          </div>
        )}
      </Field>
      {browsing ? (
        <Browser
          project={project}
          onChoose={(uri) => {
            onChange(uri);
            setBrowsing(false);
          }}
        />
      ) : null}
    </>
  );
}

interface Found {
  folders: string[];
  model?: string;
}

function Browser({ project, onChoose }: { project: string; onChoose: (uri: string) => void }): JSX.Element {
  const [bucket, setBucket] = useState("");
  const [folder, setFolder] = useState("");
  const load = useCallback(
    async (signal: AbortSignal): Promise<Found> => {
      if (!bucket) return { folders: (await listBuckets(project, signal)).map((one) => one.name) };
      const { entries } = await listPart(bucket, folder, "", "", signal);
      const names = entries.filter((entry) => !entry.isFolder).map((entry) => lastPart(entry.name));
      return {
        folders: entries.filter((entry) => entry.isFolder).map((entry) => entry.name),
        model: modelFiles.find((name) => names.includes(name)),
      };
    },
    [project, bucket, folder],
  );
  const { data, error, refresh } = useLive(load, 0);
  const up = () => (folder ? setFolder(folderOf(folder)) : setBucket(""));
  return (
    <div class="folder-browser">
      <div class="row">
        <code class="spread">{bucket ? uriOf(bucket, folder) : "gs://"}</code>
        {data?.model ? <span class="badge good">{t("holdsModel", { file: data.model })}</span> : null}
        {bucket ? (
          <button
            type="button"
            class={data?.model ? "button small primary" : "button small"}
            onClick={() => onChoose(uriOf(bucket, folder))}
          >
            {t("useFolder")}
          </button>
        ) : null}
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      <div class="folder-list">
        {bucket ? (
          <button type="button" class="folder-choice" onClick={up}>
            <Icon name="up" />
            {t("folderUp")}
          </button>
        ) : null}
        {(data?.folders ?? []).map((name) => (
          <button
            key={name}
            type="button"
            class="folder-choice"
            onClick={() => (bucket ? setFolder(name) : setBucket(name))}
          >
            <Icon name={bucket ? "folder" : "storage"} />
            {bucket ? lastPart(name) : name}
          </button>
        ))}
        {data && data.folders.length === 0 && !data.model ? (
          <p class="quiet">{t(bucket ? "noFolders" : "noBuckets")}</p>
        ) : null}
      </div>
    </div>
  );
}
