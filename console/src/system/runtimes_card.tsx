import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { TableHead } from "~/ui/data_table";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice, Loading } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { t } from "./messages";
import { RuntimeRow } from "./runtime_row";
import { install, installs, type Runtime, remove } from "./runtimes";

/** The runtimes: those installed first, then what the catalog has, the newest first. */
export function RuntimesCard(): JSX.Element {
  const load = useCallback(
    (signal: AbortSignal) => get<{ runtimes: Runtime[] }>(paths.engine("runtimes"), {}, signal),
    [],
  );
  const { data, error, refresh } = useLive(load, 15_000);
  const [removing, setRemoving] = useState("");
  const [narrow, setNarrow] = useState(false);
  const sorted = [...(data?.runtimes ?? [])].reverse();
  const installed = sorted.filter((one) => one.state === "INSTALLED");
  const others = sorted.filter((one) => one.state !== "INSTALLED");
  const shown = narrow ? installed : [...installed, ...others];

  const start = async (name: string) => {
    await install(name);
    const fault = installs.value[name]?.error;
    if (fault) toast(t("installFailed", { name }), true);
    else toast(t("installed", { name }));
    refresh();
  };
  return (
    <section class="card" aria-label={t("runtimes")}>
      <div class="card-head">
        <h2>{t("runtimes")}</h2>
        <label class="row">
          <input
            type="checkbox"
            checked={narrow}
            onChange={(event) => setNarrow(event.currentTarget.checked)}
          />
          {t("onlyInstalled")}
        </label>
      </div>
      <p class="quiet system-hint">{t("runtimesHint")}</p>
      <ErrorNotice error={error} onRetry={refresh} />
      {data ? (
        <table class="table system-runtimes">
          <TableHead
            columns={[
              t("runtime"),
              t("framework"),
              { name: t("python"), class: "system-wide" },
              { name: t("released"), class: "system-wide" },
              t("state"),
              { name: <span class="hidden-text">{t("action")}</span> },
            ]}
          />
          <tbody>
            {shown.map((runtime) => (
              <RuntimeRow
                key={runtime.name}
                runtime={runtime}
                install={installs.value[runtime.name]}
                onInstall={() => void start(runtime.name)}
                onRemove={() => setRemoving(runtime.name)}
              />
            ))}
          </tbody>
        </table>
      ) : error ? null : (
        <Loading />
      )}
      {removing ? (
        <Dialog
          title={t("removeTitle", { name: removing })}
          action={t("remove")}
          danger
          onAction={async () => {
            await remove(removing);
            toast(t("removed", { name: removing }));
            refresh();
          }}
          onClose={() => setRemoving("")}
        >
          <p>{t("removeHint")}</p>
        </Dialog>
      ) : null}
    </section>
  );
}
