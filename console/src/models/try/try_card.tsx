import type { JSX } from "preact";
import { FaultLines, Field, SelectField, TextField } from "~/submit/field";
import { Choices } from "~/ui/choices";
import { CopyButton } from "~/ui/copy_button";
import { ErrorNotice } from "~/ui/notices";
import { Options } from "~/ui/options";
import type { ModelDetail } from "../model_calls";
import { AnswerView } from "./answer_view";
import { FilesPart } from "./files_part";
import { exampleOf, type Hint, hintOf } from "./hints";
import { t } from "./messages";
import { Takes } from "./takes";
import "./try.css";
import { type Trial, useTry } from "./use_try";

interface Props {
  detail: ModelDetail;
  onAnswer: () => void;
}

/** Asks a version of a model, by JSON or by files, and shows what it answers. */
export function TryCard({ detail, onAnswer }: Props): JSX.Element {
  const { project, name, serving } = detail;
  const trial = useTry(project, name, onAnswer);
  const ready = detail.versions.filter((one) => one.version.state === "READY").map((one) => one.name);
  const { told } = trial;
  const hint = told?.answer.kind === "refused" ? hintOf(told.answer.error) : undefined;
  const asked = trial.version || serving.defaultVersion;
  const canAsk = trial.version ? ready.includes(trial.version) : serving.defaultVersion !== "";
  return (
    <section class="card try" aria-label={t("tryIt")}>
      <div class="card-head">
        <h2>{t("tryIt")}</h2>
      </div>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void trial.ask();
        }}
      >
        <div class="try-pair">
          <SelectField
            label={t("version")}
            value={trial.version}
            onValue={(version) => trial.change({ version })}
          >
            <option value="">{t("byTraffic")}</option>
            <Options names={ready} />
          </SelectField>
          <TextField
            label={t("signature")}
            hint={t("signatureHint")}
            value={trial.signature}
            spellcheck={false}
            autocapitalize="none"
            onValue={(signature) => trial.change({ signature })}
          />
        </div>
        {ready.includes(asked) ? (
          <Takes project={project} model={name} version={asked} trial={trial} />
        ) : null}
        <div class="row" role="group" aria-label={t("how")}>
          <Choices
            all={["text", "file"]}
            chosen={trial.way}
            nameOf={(way) => t(way === "text" ? "byText" : "byFile")}
            onChoose={(way) => trial.change({ way })}
          />
        </div>
        {trial.way === "text" ? <TextPart trial={trial} /> : <FilePart trial={trial} />}
        {trial.fault ? (
          <div class="field">
            <FaultLines faults={[trial.fault]} />
          </div>
        ) : null}
        <div class="row">
          <button type="submit" class="button primary" disabled={trial.busy || !canAsk}>
            {t(trial.busy ? "sending" : "send")}
          </button>
          {canAsk ? null : <span class="quiet">{t("noneReady")}</span>}
        </div>
      </form>
      <div class="try-result" aria-live="polite" aria-busy={trial.busy}>
        <h3>{t("answer")}</h3>
        {trial.error ? (
          <ErrorNotice error={trial.error} />
        ) : told ? (
          <AnswerView told={told} names={trial.names} />
        ) : (
          <p class="quiet">{t("noAnswer")}</p>
        )}
        {hint ? <HintLine hint={hint} trial={trial} /> : null}
      </div>
      {trial.command ? (
        <details class="try-command">
          <summary>{t("command")}</summary>
          <pre class="try-json" tabIndex={0}>
            {trial.command}
          </pre>
          <CopyButton text={trial.command} label={t("copyCommand")} />
        </details>
      ) : null}
    </section>
  );
}

function TextPart({ trial }: { trial: Trial }): JSX.Element {
  return (
    <Field label={t("instances")} hint={t("instancesHint")}>
      {(attributes) => (
        <textarea
          {...attributes}
          class="textarea"
          rows={6}
          value={trial.text}
          spellcheck={false}
          placeholder='{"x": [1.5, 2.5]}'
          onInput={(event) => trial.change({ text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      )}
    </Field>
  );
}

function FilePart({ trial }: { trial: Trial }): JSX.Element {
  return (
    <>
      <FilesPart files={trial.files} onFiles={(files) => trial.change({ files })} />
      <TextField
        label={t("field")}
        hint={t("fieldHint")}
        class="input mono"
        value={trial.field}
        spellcheck={false}
        autocapitalize="none"
        onValue={trial.setField}
      />
    </>
  );
}

/** What a refusal tells of the model's input, and a way to use it. */
function HintLine({ hint, trial }: { hint: Hint; trial: Trial }): JSX.Element {
  const example = trial.way === "text" ? exampleOf(hint, trial.text) : undefined;
  return (
    <p class="row try-hint">
      <span>{t("hint", { input: hint.input })}</span>
      {trial.way === "file" && trial.field !== hint.input ? (
        <button type="button" class="button small" onClick={() => trial.setField(hint.input)}>
          {t("useField")}
        </button>
      ) : null}
      {example === undefined ? null : (
        <button type="button" class="button small" onClick={() => trial.change({ text: example })}>
          {t("useExample")}
        </button>
      )}
    </p>
  );
}
