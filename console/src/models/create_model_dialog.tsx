import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { word } from "~/i18n/words";
import { Field } from "~/submit/field";
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
      <Field label={word("name")} hint={t("nameHint")}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            value={name}
            spellcheck={false}
            autocapitalize="none"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t("description")}>
        {(attributes) => (
          <input
            {...attributes}
            class="input"
            value={description}
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
