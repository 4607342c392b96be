import type { JSX } from "preact";
import { Dialog } from "~/ui/dialog";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import { deleteModel, deleteVersion, isMoving, type ModelDetail, type VersionRow } from "./model_calls";
import { versionStateName } from "./version_state";

interface Props {
  detail: ModelDetail;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before a version goes; says why where it cannot. */
export function DeleteVersionDialog({
  detail,
  row,
  onDone,
  onClose,
}: Props & { row: VersionRow }): JSX.Element {
  const { project, name, serving } = detail;
  // As it is now, not as it was when the button was pressed.
  const state = detail.versions.find((one) => one.name === row.name)?.version.state ?? row.version.state;
  const why = isMoving(state)
    ? t("deleteBusy", { name: row.name, state: versionStateName(state) })
    : row.name === serving.defaultVersion && detail.versions.length > 1
      ? t("deleteDefault", { name: row.name })
      : "";
  return (
    <Dialog
      title={t("deleteOne", { name: row.name })}
      action={why ? undefined : t("delete")}
      danger
      onAction={async () => {
        await deleteVersion(project, name, row.name);
        toast(t("versionDeleted", { name: row.name }));
        onDone();
      }}
      onClose={onClose}
    >
      <p>{why || t("deleteVersionAsk", { name: row.name })}</p>
    </Dialog>
  );
}

/** Asks before a model goes; its versions go first. */
export function DeleteModelDialog({ detail, onDone, onClose }: Props): JSX.Element {
  const { project, name, versions } = detail;
  const left = versions.length;
  return (
    <Dialog
      title={t("deleteModel")}
      action={left > 0 ? undefined : t("delete")}
      danger
      onAction={async () => {
        await deleteModel(project, name);
        toast(t("modelDeleted", { name }));
        onDone();
      }}
      onClose={onClose}
    >
      <p>{left > 0 ? t("deleteModelVersions", { name, n: left }) : t("deleteModelAsk", { name })}</p>
    </Dialog>
  );
}
