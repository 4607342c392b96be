import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { useLive } from "~/live/use_live";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { Options } from "~/ui/options";
import { toast } from "~/ui/toasts";
import { type Draft, folderOf } from "./draft";
import { FaultLines, type PartProps, SelectField, TextField } from "./field";
import { t } from "./messages";
import { modulesIn } from "./package_contents";
import { StagedDialog } from "./staged_dialog";
import { bucketNames, firstBucket, isPackage, makeBucket, stage } from "./staging";

interface Props extends PartProps<Draft> {
  project: string;
  /** Modules were found in a package. */
  onModules: (modules: string[]) => void;
}

/** The job's packages: uploaded here, or staged before. */
export function PackagePart({ project, draft, change, at, onModules }: Props): JSX.Element {
  const load = useCallback((signal: AbortSignal) => bucketNames(project, signal), [project]);
  const { data: buckets, refresh } = useLive(load, 0);
  const [sending, setSending] = useState("");
  const [fault, setFault] = useState("");
  const [open, setOpen] = useState<"" | "staged" | "bucket">("");
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const known = buckets?.includes(draft.bucket);

  // The first bucket, until a person chooses another; what is written goes there too.
  useEffect(() => {
    const first = buckets?.[0];
    if (first === undefined) return;
    change((before) => {
      const bucket = buckets?.includes(before.bucket) ? before.bucket : first;
      const jobDir = before.jobDir || before.jobDirTyped ? before.jobDir : folderOf(bucket, before.jobId);
      return bucket === before.bucket && jobDir === before.jobDir ? before : { ...before, bucket, jobDir };
    });
  }, [buckets, change]);

  const add = (uri: string, module = "") =>
    change((before) => ({
      ...before,
      packageUris: before.packageUris.includes(uri) ? before.packageUris : [...before.packageUris, uri],
      pythonModule: before.pythonModule || module,
    }));

  const upload = async (files: readonly File[]) => {
    setFault("");
    for (const file of files) {
      if (!isPackage(file.name)) {
        setFault(t("notPackage", { name: file.name }));
        continue;
      }
      setSending(file.name);
      try {
        const bucket = known ? draft.bucket : firstBucket(project);
        if (!known) await makeBucket(project, bucket);
        const [uri, modules] = await Promise.all([stage(file, bucket), modulesIn(file)]);
        onModules(modules);
        add(uri, modules[0]);
        if (!known) refresh();
        toast(t("uploaded", { name: file.name, bucket }));
      } catch (error) {
        setFault(sentenceOf(error));
      }
    }
    setSending("");
  };

  return (
    <section
      class={over ? "card stack submit-over" : "card stack"}
      aria-label={t("package")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void upload([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <h2>{t("package")}</h2>
      {draft.packageUris.length > 0 ? (
        <ul class="submit-packages">
          {draft.packageUris.map((uri) => (
            <li key={uri}>
              <Icon name="file" />
              <code>{uri}</code>
              <button
                type="button"
                class="button plain small"
                aria-label={t("removePackage", { name: uri.slice(uri.lastIndexOf("/") + 1) })}
                onClick={() =>
                  change((before) => ({
                    ...before,
                    packageUris: before.packageUris.filter((other) => other !== uri),
                  }))
                }
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p class="quiet">{t("noPackage")}</p>
      )}
      <div class="field">
        <p class="hint">{t("packageHint")}</p>
        <div class="row">
          <input
            ref={chooser}
            type="file"
            hidden
            multiple
            accept=".gz,.tgz,.whl,.zip"
            onChange={(event) => {
              void upload([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = "";
            }}
          />
          <button
            type="button"
            class="button"
            data-place="packageUris"
            disabled={sending !== ""}
            onClick={() => chooser.current?.click()}
          >
            <Icon name="upload" />
            {t("upload")}
          </button>
          <button type="button" class="button" onClick={() => setOpen("staged")}>
            <Icon name="folder" />
            {t("chooseStaged")}
          </button>
          {sending ? (
            <span class="row quiet" role="status">
              <span class="spinner" aria-hidden="true" />
              {t("uploading", { name: sending })}
            </span>
          ) : null}
        </div>
        <FaultLines faults={[...(fault ? [fault] : []), ...at("packageUris")]} />
      </div>
      <div class="submit-bucket">
        <SelectField
          label={t("bucket")}
          value={draft.bucket}
          onValue={(bucket) =>
            change((before) => ({
              ...before,
              bucket,
              jobDir: before.jobDirTyped ? before.jobDir : folderOf(bucket, before.jobId),
            }))
          }
        >
          {buckets?.length === 0 ? (
            <option value="">{t("bucketNew", { name: firstBucket(project) })}</option>
          ) : null}
          <Options names={buckets ?? []} />
        </SelectField>
        <button type="button" class="button" onClick={() => setOpen("bucket")}>
          <Icon name="plus" />
          {t("newBucket")}
        </button>
      </div>
      {open === "staged" ? (
        <StagedDialog
          project={project}
          buckets={buckets ?? []}
          onChoose={(uri, module) => {
            add(uri, module);
            setOpen("");
          }}
          onClose={() => setOpen("")}
        />
      ) : null}
      {open === "bucket" ? (
        <BucketDialog
          project={project}
          onMade={(bucket) => {
            change((before) => ({
              ...before,
              bucket,
              jobDir: before.jobDirTyped ? before.jobDir : folderOf(bucket, before.jobId),
            }));
            refresh();
          }}
          onClose={() => setOpen("")}
        />
      ) : null}
    </section>
  );
}

function BucketDialog({
  project,
  onMade,
  onClose,
}: {
  project: string;
  onMade: (name: string) => void;
  onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState("");
  return (
    <Dialog
      title={t("newBucketTitle")}
      action={t("newBucket")}
      onAction={async () => {
        await makeBucket(project, name.trim());
        onMade(name.trim());
      }}
      onClose={onClose}
    >
      <TextField
        label={t("bucketName")}
        hint={t("bucketNameHint")}
        class="input mono"
        value={name}
        autocomplete="off"
        onValue={setName}
      />
    </Dialog>
  );
}
