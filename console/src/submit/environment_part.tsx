import type { JSX } from "preact";
import { Options } from "~/ui/options";
import { type Catalog, pythonsOf, type Runtime } from "./catalog";
import type { Draft } from "./draft";
import { type PartProps, SelectField, TextField } from "./field";
import { t } from "./messages";

const nameOf = (runtime: Runtime): string =>
  runtime.framework ? `${runtime.name} · ${runtime.framework}` : runtime.name;

/** The runtime, its Python, and how long the job may run. */
export function EnvironmentPart({
  draft,
  change,
  at,
  catalog,
}: PartProps<Draft> & { catalog: Catalog }): JSX.Element {
  const { runtimes } = catalog;
  const usual = runtimes.find((one) => one.default)?.name;
  const installed = runtimes.filter((one) => one.state === "INSTALLED" && one.name !== "system");
  const others = runtimes.filter((one) => one.state !== "INSTALLED").reverse();
  const known = runtimes.some((one) => one.name === draft.runtimeVersion);
  const options = (some: readonly Runtime[]) =>
    some.map((one) => (
      <option key={one.name} value={one.name}>
        {nameOf(one)}
      </option>
    ));
  return (
    <section class="card stack">
      <h2>{t("environment")}</h2>
      <div class="submit-pair">
        <SelectField
          label={t("runtimeVersion")}
          faults={at("runtimeVersion")}
          value={draft.runtimeVersion}
          onValue={(runtimeVersion) => change((before) => ({ ...before, runtimeVersion }))}
        >
          <option value="">{usual ? t("runtimeDefaultIs", { name: usual }) : t("runtimeDefault")}</option>
          {draft.runtimeVersion && !known ? (
            <option value={draft.runtimeVersion}>{draft.runtimeVersion}</option>
          ) : null}
          {runtimes.some((one) => one.name === "system") ? <option value="system">system</option> : null}
          {installed.length > 0 ? (
            <optgroup label={t("runtimesInstalled")}>{options(installed)}</optgroup>
          ) : null}
          <optgroup label={t("runtimesOther")}>{options(others)}</optgroup>
        </SelectField>
        <SelectField
          label={t("pythonVersion")}
          faults={at("pythonVersion")}
          value={draft.pythonVersion}
          onValue={(pythonVersion) => change((before) => ({ ...before, pythonVersion }))}
        >
          <option value="">{t("pythonDefault")}</option>
          <Options names={pythonsOf(runtimes, draft.runtimeVersion, draft.pythonVersion)} />
        </SelectField>
      </div>
      <TextField
        label={t("maxRunningTime")}
        hint={t("maxRunningTimeHint")}
        faults={at("maxRunningTime")}
        value={draft.maxRunningTime}
        autocomplete="off"
        onValue={(maxRunningTime) => change((before) => ({ ...before, maxRunningTime }))}
      />
    </section>
  );
}
