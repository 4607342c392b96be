import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Draft } from "./draft";
import { Field, type PartProps, TextField } from "./field";
import { t } from "./messages";
import { splitWords } from "./shell_words";

/** What runs: the module, its arguments, and where its output goes. */
export function ProgramPart({
  draft,
  change,
  at,
  modules,
}: PartProps<Draft> & { modules: string[] }): JSX.Element {
  const list = useId();
  const { words, open } = splitWords(draft.args);
  const found = modules.slice(0, 4).join(", ") + (modules.length > 4 ? ", …" : "");
  return (
    <section class="card stack">
      <h2>{t("program")}</h2>
      <TextField
        label={t("module")}
        hint={modules.length > 0 ? t("moduleFound", { modules: found }) : t("moduleHint")}
        faults={at("pythonModule")}
        class="input mono"
        list={list}
        value={draft.pythonModule}
        autocomplete="off"
        spellcheck={false}
        onValue={(pythonModule) => change((before) => ({ ...before, pythonModule }))}
      />
      <datalist id={list}>
        {modules.map((module) => (
          <option key={module} value={module} />
        ))}
      </datalist>
      <Field
        label={t("args")}
        hint={t("argsHint")}
        faults={[...(open ? [t("argsOpen")] : []), ...at("args")]}
      >
        {(attributes) => (
          <textarea
            {...attributes}
            class="textarea"
            rows={Math.min(12, Math.max(3, draft.args.split("\n").length))}
            spellcheck={false}
            value={draft.args}
            onInput={(event) => {
              const args = event.currentTarget.value;
              change((before) => ({ ...before, args }));
            }}
          />
        )}
      </Field>
      {words.length > 0 ? (
        <div class="submit-words">
          <span class="quiet">{t("argsCount", { n: words.length })}</span>
          {words.slice(0, 100).map((word, n) => (
            <code key={n}>{word === "" ? "''" : word}</code>
          ))}
        </div>
      ) : null}
      <TextField
        label={t("jobDir")}
        hint={t("jobDirHint")}
        faults={at("jobDir")}
        class="input mono"
        value={draft.jobDir}
        autocomplete="off"
        spellcheck={false}
        onValue={(jobDir) => change((before) => ({ ...before, jobDir, jobDirTyped: true }))}
      />
    </section>
  );
}
