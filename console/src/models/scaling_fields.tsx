import type { JSX } from "preact";
import { TextField } from "~/submit/field";
import { t } from "./messages";
import { isCount, type Scaling } from "./scaling";

interface Props {
  scaling: Scaling;
  onChange: (scaling: Scaling) => void;
}

/** How many processes a version has. */
export function ScalingFields({ scaling, onChange }: Props): JSX.Element {
  const automatic = scaling.kind === "automatic";
  const box = (label: string, value: string, hint: string, set: (text: string) => void) => (
    <TextField
      label={label}
      hint={hint}
      faults={isCount(value) ? [] : [t("countFault")]}
      inputMode="numeric"
      value={value}
      onValue={set}
    />
  );
  return (
    <fieldset class="model-choices">
      <legend class="hidden-text">{t("scaling")}</legend>
      <label class="model-choice">
        <input
          type="radio"
          name="scaling"
          checked={automatic}
          onChange={() => onChange({ kind: "automatic", least: "0", most: "" })}
        />
        {t("automatic")}
      </label>
      {scaling.kind === "automatic" ? (
        <div class="model-pair">
          {box(t("least"), scaling.least, t("leastHint"), (least) => onChange({ ...scaling, least }))}
          {box(t("most"), scaling.most, t("mostHint"), (most) => onChange({ ...scaling, most }))}
        </div>
      ) : null}
      <label class="model-choice">
        <input
          type="radio"
          name="scaling"
          checked={!automatic}
          onChange={() => onChange({ kind: "fixed", nodes: "1" })}
        />
        {t("fixed")}
      </label>
      {scaling.kind === "fixed"
        ? box(t("nodes"), scaling.nodes, "", (nodes) => onChange({ ...scaling, nodes }))
        : null}
    </fieldset>
  );
}
