import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import type { VersionJson } from "~/api/gen/mlengine/ml/v1/model_pb";
import { ApiError, get } from "~/api/http";
import { paths } from "~/api/resources";
import { word } from "~/i18n/words";
import { useLive } from "~/live/use_live";
import { Field, SelectField, TextField } from "~/submit/field";
import { Dialog } from "~/ui/dialog";
import { Options } from "~/ui/options";
import { FolderPicker } from "./folder_picker";
import { t } from "./messages";
import { createVersion, type ModelDetail, nextVersion, type Operation } from "./model_calls";
import { fieldsOf, type Scaling } from "./scaling";
import { ScalingFields } from "./scaling_fields";

interface Runtime {
  name: string;
  default?: boolean;
}

interface Props {
  detail: ModelDetail;
  onMade: (version: string, operation: Operation) => void;
  onClose: () => void;
}

const frameworks = ["TENSORFLOW", "SCIKIT_LEARN", "XGBOOST"] as const;

interface Draft {
  name: string;
  folder: string;
  description: string;
  framework: "" | (typeof frameworks)[number];
  runtime: string;
  predictionClass: string;
  packages: string;
  scaling: Scaling;
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function versionOf(draft: Draft): VersionJson {
  const packageUris = lines(draft.packages);
  const { kind } = draft.scaling;
  const isPlain = kind === "automatic" && draft.scaling.least === "0" && draft.scaling.most === "";
  return {
    name: draft.name.trim(),
    deploymentUri: draft.folder.trim(),
    ...(draft.description.trim() ? { description: draft.description.trim() } : {}),
    ...(draft.framework ? { framework: draft.framework } : {}),
    ...(draft.runtime ? { runtimeVersion: draft.runtime } : {}),
    ...(draft.predictionClass.trim() ? { predictionClass: draft.predictionClass.trim() } : {}),
    ...(packageUris.length > 0 ? { packageUris } : {}),
    ...(isPlain ? {} : fieldsOf(draft.scaling)),
  };
}

/** A new version, from a folder of a bucket. */
export function CreateVersionDialog({ detail, onMade, onClose }: Props): JSX.Element {
  const [draft, setDraft] = useState<Draft>(() => ({
    name: nextVersion(detail.versions.map((one) => one.name)),
    folder: "",
    description: "",
    framework: "",
    runtime: "",
    predictionClass: "",
    packages: "",
    scaling: { kind: "automatic", least: "0", most: "" },
  }));
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));
  const text = (
    label: string,
    key: "name" | "description" | "predictionClass",
    hint?: string,
  ): JSX.Element => (
    <TextField
      label={label}
      hint={hint}
      value={draft[key]}
      spellcheck={false}
      onValue={(value) => change({ [key]: value })}
    />
  );
  return (
    <Dialog
      title={t("createVersion")}
      action={t("create")}
      onAction={async () => {
        const version = versionOf(draft);
        onMade(version.name ?? "", await createVersion(detail.project, detail.name, version));
      }}
      onClose={onClose}
    >
      {text(word("name"), "name", t("nameHint"))}
      <FolderPicker project={detail.project} value={draft.folder} onChange={(folder) => change({ folder })} />
      <div class="model-pair">
        <SelectField
          label={t("framework")}
          value={draft.framework}
          onValue={(framework) => change({ framework: framework as Draft["framework"] })}
        >
          <option value="">{t("fileFramework")}</option>
          <Options names={frameworks} />
        </SelectField>
        <RuntimeField value={draft.runtime} onChange={(runtime) => change({ runtime })} />
      </div>
      {text(t("description"), "description")}
      <details class="model-more">
        <summary>{t("scaling")}</summary>
        <ScalingFields scaling={draft.scaling} onChange={(scaling) => change({ scaling })} />
      </details>
      <details class="model-more">
        <summary>{t("ownCode")}</summary>
        {text(t("predictionClass"), "predictionClass", t("predictionClassHint"))}
        <Field label={t("packages")} hint={t("packagesHint")}>
          {(attributes) => (
            <textarea
              {...attributes}
              class="textarea"
              rows={2}
              value={draft.packages}
              onInput={(event) => change({ packages: event.currentTarget.value })}
            />
          )}
        </Field>
      </details>
    </Dialog>
  );
}

async function loadRuntimes(signal: AbortSignal): Promise<Runtime[]> {
  try {
    return (await get<{ runtimes?: Runtime[] }>(paths.engine("runtimes"), {}, signal)).runtimes ?? [];
  } catch (error) {
    if (error instanceof ApiError) return []; // the default can still be chosen
    throw error;
  }
}

function RuntimeField({
  value,
  onChange,
}: {
  value: string;
  onChange: (runtime: string) => void;
}): JSX.Element {
  const load = useCallback(loadRuntimes, []);
  const { data = [] } = useLive(load, 0);
  const standard = data.find((one) => one.default)?.name;
  return (
    <SelectField label={t("runtime")} value={value} onValue={onChange}>
      <option value="">
        {standard ? t("runtimeDefaultNamed", { name: standard }) : t("runtimeDefault")}
      </option>
      <Options names={data.map((one) => one.name)} />
    </SelectField>
  );
}
