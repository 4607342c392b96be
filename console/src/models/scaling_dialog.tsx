import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "~/ui/dialog";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import { type ModelDetail, patchVersion, type VersionRow } from "./model_calls";
import { fieldsOf, maskOf, scalingOf } from "./scaling";
import { ScalingFields } from "./scaling_fields";

interface Props {
  detail: ModelDetail;
  row: VersionRow;
  onDone: () => void;
  onClose: () => void;
}

export function ScalingDialog({ detail, row, onDone, onClose }: Props): JSX.Element {
  const [scaling, setScaling] = useState(() => scalingOf(row.version));
  return (
    <Dialog
      title={t("scalingOne", { name: row.name })}
      action={t("save")}
      onAction={async () => {
        await patchVersion(detail.project, detail.name, row.name, fieldsOf(scaling), maskOf(scaling));
        toast(t("saved"));
        onDone();
      }}
      onClose={onClose}
    >
      <ScalingFields scaling={scaling} onChange={setScaling} />
    </Dialog>
  );
}
