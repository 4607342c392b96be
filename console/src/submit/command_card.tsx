import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { word } from "~/i18n/words";
import { Choices } from "~/ui/choices";
import { CopyButton } from "~/ui/copy_button";
import { commandOf, type Tool } from "./command";
import type { Draft } from "./draft";
import { t } from "./messages";

const tools: Tool[] = ["gcloud", "mlengine"];

/** The command that does the same, true at every key. */
export function CommandCard({ draft, project }: { draft: Draft; project: string }): JSX.Element {
  const [tool, setTool] = useState<Tool>("gcloud");
  const command = useMemo(() => commandOf(draft, project, tool), [draft, project, tool]);
  return (
    <section class="card" aria-label={t("command")}>
      <div class="card-head">
        <h2>{t("command")}</h2>
        <CopyButton text={command} label={word("copy")} />
      </div>
      <div class="row submit-tools">
        <Choices all={tools} chosen={tool} onChoose={setTool} />
      </div>
      <pre class="submit-command" tabIndex={0}>
        {command}
      </pre>
    </section>
  );
}
