import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { word } from "~/i18n/words";
import { TextField } from "~/submit/field";
import { Dialog } from "~/ui/dialog";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import { createModel } from "./model_calls";

interface Props {
  project: string;
  onMade: (name: string) => void;
  onClose: () => void;
}

export function CreateModelDialog({ project, onMade, onClose }: Props): JSX.Element {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <Dialog
      title={t("createModel")}
      action={t("create")}
      onAction={async () => {
        await createModel(project, name.trim(), description.trim());
        toast(t("modelCreated", { name: name.trim() }));
        onMade(name.trim());
      }}
      onClose={onClose}
    >
      <TextField
        label={word("name")}
        hint={t("nameHint")}
        value={name}
        spellcheck={false}
        autocapitalize="none"
        onValue={setName}
      />
      <TextField label={t("description")} value={description} onValue={setDescription} />
    </Dialog>
  );
}
