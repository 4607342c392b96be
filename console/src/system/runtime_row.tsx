import type { JSX } from "preact";
import { t } from "./messages";
import type { Install, Runtime } from "./runtimes";

const tones = { INSTALLED: "good", AVAILABLE: "busy", MISSING: "warn", UNAVAILABLE: "" } as const;

interface Props {
  runtime: Runtime;
  install: Install | undefined;
  onInstall: () => void;
  onRemove: () => void;
}

/** A runtime, and what can be done with it. */
export function RuntimeRow({ runtime, install, onInstall, onRemove }: Props): JSX.Element {
  const { name, state } = runtime;
  const python = runtime.pythonVersions?.join(", ");
  return (
    <>
      <tr>
        <td class="nowrap">
          <strong>{name}</strong> {runtime.default ? <span class="badge">{t("default")}</span> : null}
        </td>
        <td>
          {runtime.framework ?? "–"}
          {python ? (
            <span class="quiet system-narrow">
              {t("python")} {python}
            </span>
          ) : null}
        </td>
        <td class="system-wide">{python ?? "–"}</td>
        <td class="nowrap system-wide">{runtime.released ?? "–"}</td>
        <td>
          <span class={`badge ${tones[state]}`} data-state={state}>
            {t(state)}
          </span>
          {runtime.reason ? <p class="quiet system-reason">{runtime.reason}</p> : null}
        </td>
        <td class="number">
          <RowAction
            runtime={runtime}
            busy={install?.running ?? false}
            onInstall={onInstall}
            onRemove={onRemove}
          />
        </td>
      </tr>
      {install && (install.running || install.error) ? (
        <tr class="system-install">
          <td colSpan={6}>
            <InstallProgress install={install} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function RowAction({
  runtime,
  busy,
  onInstall,
  onRemove,
}: {
  runtime: Runtime;
  busy: boolean;
  onInstall: () => void;
  onRemove: () => void;
}): JSX.Element | null {
  const { name, state } = runtime;
  if (state === "AVAILABLE") {
    return (
      <button
        type="button"
        class="button small"
        aria-label={t("installName", { name })}
        disabled={busy}
        onClick={onInstall}
      >
        {t("install")}
      </button>
    );
  }
  // That of the machine itself cannot be removed.
  if (state !== "INSTALLED" || name === "system") return null;
  return (
    <button
      type="button"
      class="button small danger"
      aria-label={t("removeName", { name })}
      onClick={onRemove}
    >
      {t("remove")}
    </button>
  );
}

function InstallProgress({ install }: { install: Install }): JSX.Element {
  return (
    <div class="stack system-progress">
      {install.running ? (
        <p class="row" role="status">
          <span class="spinner" aria-hidden="true" />
          {t("installing")}
          <code class="quiet">{install.lines.at(-1) ?? ""}</code>
        </p>
      ) : null}
      {install.error ? (
        <p class="notice bad" role="alert">
          {install.error}
        </p>
      ) : null}
      {install.lines.length > 0 ? (
        <details>
          <summary>{t("installLog")}</summary>
          <pre>{install.lines.join("\n")}</pre>
        </details>
      ) : null}
    </div>
  );
}
