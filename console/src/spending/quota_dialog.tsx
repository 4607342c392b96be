import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "~/ui/dialog";
import { toast } from "~/ui/toasts";
import { putQuota, type QuotaLine } from "./doors";
import { t } from "./messages";
import { quotaName } from "./quota_names";

interface Props {
  project: string;
  region: string;
  line: QuotaLine;
  onDone: () => void;
  onClose: () => void;
}

type Choice = "number" | "unlimited" | "default";

/** Sets a limit, lifts it, or takes the setting away. */
export function QuotaDialog({ project, region, line, onDone, onClose }: Props): JSX.Element {
  const [choice, setChoice] = useState<Choice>(line.limit === "unlimited" ? "unlimited" : "number");
  const [number, setNumber] = useState(line.limit === "unlimited" ? "" : line.limit);
  const [everywhere, setEverywhere] = useState(false);
  const option = (value: Choice, label: string) => (
    <label class="choice">
      <input type="radio" name="limit" checked={choice === value} onChange={() => setChoice(value)} />
      {label}
    </label>
  );
  return (
    <Dialog
      title={quotaName(line.quota)}
      action={t("set")}
      onAction={async () => {
        const limit = choice === "number" ? number.trim() : choice;
        await putQuota(project, line.quota, limit, line.region && !everywhere ? region : "");
        toast(t("saved"));
        onDone();
      }}
      onClose={onClose}
    >
      <fieldset class="choices">
        <legend class="hidden-text">{t("newLimit")}</legend>
        <div class="row">
          {option("number", t("aNumber"))}
          <input
            class="input limit"
            inputMode="numeric"
            aria-label={t("newLimit")}
            value={number}
            onFocus={() => setChoice("number")}
            onInput={(event) => setNumber(event.currentTarget.value)}
          />
        </div>
        {option("unlimited", t("noLimit"))}
        {option("default", t("asDefault"))}
      </fieldset>
      {line.region ? (
        <div>
          <label class="choice">
            <input
              type="checkbox"
              checked={everywhere}
              onChange={(event) => setEverywhere(event.currentTarget.checked)}
            />
            {t("everywhere")}
          </label>
          <p class="quiet">{t("everywhereHint", { region })}</p>
        </div>
      ) : (
        <p class="quiet">{t("allRegions")}</p>
      )}
    </Dialog>
  );
}
