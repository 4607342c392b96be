import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { JobJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { sentenceOf } from "~/api/http";
import { word } from "~/i18n/words";
import { CopyButton } from "~/ui/copy_button";
import { configOf } from "./command";
import { t } from "./overview_messages";

/** The job as `--config` takes it; what writes YAML is fetched when this is opened. */
export function ConfigYaml({ job }: { job: JobJson }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const config = JSON.stringify(configOf(job));
  useEffect(() => {
    if (!open) return;
    import("yaml").then(
      ({ stringify }) => setText(stringify(JSON.parse(config))),
      (error: unknown) => setText(sentenceOf(error)),
    );
  }, [open, config]);
  return (
    <details class="fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("config")}</summary>
      {text ? (
        <>
          <pre class="lines">{text}</pre>
          <CopyButton text={text} label={word("copy")} />
        </>
      ) : (
        <p class="quiet">{word("loading")}</p>
      )}
    </details>
  );
}
