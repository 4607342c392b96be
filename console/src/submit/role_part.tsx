import type { JSX } from "preact";
import { formatMoney } from "~/i18n/format";
import { Options } from "~/ui/options";
import type { Catalog, PricedMachine } from "./catalog";
import type { Role, RoleDraft } from "./draft";
import { Field, type FieldAttributes, type PartProps, SelectField, TextField } from "./field";
import { t } from "./messages";

const names = {
  master: "roleMaster",
  worker: "roleWorker",
  parameterServer: "roleParameterServer",
} as const;

const acceleratorTypes = [
  "NVIDIA_TESLA_K80",
  "NVIDIA_TESLA_P100",
  "NVIDIA_TESLA_V100",
  "NVIDIA_TESLA_P4",
  "NVIDIA_TESLA_T4",
  "NVIDIA_TESLA_A100",
];

interface Props extends PartProps<RoleDraft> {
  role: Role;
  catalog: Catalog;
}

/** The machines of one role, of a job with scale tier CUSTOM. */
export function RolePart({ role, draft, change, at, catalog }: Props): JSX.Element {
  const put = (part: Partial<RoleDraft>) => change((before) => ({ ...before, ...part }));
  const accelerators = catalog.prices?.accelerators.map((one) => one.type) ?? [];
  const choices = accelerators.length > 0 ? accelerators : acceleratorTypes;
  return (
    <fieldset class="submit-group submit-role">
      <legend class="label">{t(names[role])}</legend>
      <Field label={t("machineType")} faults={at(`${role}Type`)}>
        {(attributes) => (
          <MachineChoice role={role} draft={draft} put={put} catalog={catalog} {...attributes} />
        )}
      </Field>
      {role === "master" ? (
        <span />
      ) : (
        <TextField
          label={t("count")}
          faults={at(`${role}Count`)}
          class="input number"
          inputMode="numeric"
          value={draft.count}
          onValue={(count) => put({ count })}
        />
      )}
      <SelectField
        label={t("accelerator")}
        faults={at(`${role}Accelerator`)}
        value={draft.acceleratorType}
        onValue={(acceleratorType) => put({ acceleratorType })}
      >
        <option value="">{t("noAccelerator")}</option>
        <Options
          names={[...new Set([...choices, ...(draft.acceleratorType ? [draft.acceleratorType] : [])])]}
        />
      </SelectField>
      {draft.acceleratorType ? (
        <TextField
          label={t("acceleratorCount")}
          class="input number"
          inputMode="numeric"
          value={draft.acceleratorCount}
          placeholder="1"
          onValue={(acceleratorCount) => put({ acceleratorCount })}
        />
      ) : null}
    </fieldset>
  );
}

interface ChoiceProps extends FieldAttributes {
  role: Role;
  draft: RoleDraft;
  put: (part: Partial<RoleDraft>) => void;
  catalog: Catalog;
}

/** A list where the engine tells the machine types, else a place to type one. */
function MachineChoice({ role, draft, put, catalog, ...attributes }: ChoiceProps): JSX.Element {
  const machines = catalog.prices?.machineTypes ?? [];
  const currency = catalog.prices?.currency ?? "";
  // A role that gets machines gets at least one of them.
  const choose = (type: string) =>
    put({ type, ...(role !== "master" && type && !draft.count ? { count: "1" } : {}) });
  if (machines.length === 0) {
    return (
      <input
        {...attributes}
        class="input mono"
        value={draft.type}
        autocomplete="off"
        onInput={(event) => choose(event.currentTarget.value)}
      />
    );
  }
  const text = ({ name, vcpus, memoryGb, perHour }: PricedMachine) => {
    const values = { name, vcpus: String(vcpus), memory: String(memoryGb) };
    if (perHour === undefined) return t("machineOption", values);
    return t("machineOptionPriced", { ...values, money: formatMoney(perHour, currency) });
  };
  const listed = machines.some((one) => one.name === draft.type);
  return (
    <select
      {...attributes}
      class="select"
      value={draft.type}
      onChange={(event) => {
        const type = event.currentTarget.value;
        if (type) choose(type);
        else put({ type, count: "" });
      }}
    >
      {role === "master" ? null : <option value="">{t("notUsed")}</option>}
      {draft.type && !listed ? <option value={draft.type}>{draft.type}</option> : null}
      {machines.map((one) => (
        <option key={one.name} value={one.name}>
          {text(one)}
        </option>
      ))}
    </select>
  );
}
