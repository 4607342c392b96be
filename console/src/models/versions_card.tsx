import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sentenceOf } from "~/api/http";
import { DataTable, numbers } from "~/ui/data_table";
import { Icon } from "~/ui/icons";
import { Empty } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { DeleteVersionDialog } from "./delete_dialogs";
import { t } from "./messages";
import { type ModelDetail, setDefault, type VersionRow } from "./model_calls";
import { ScalingDialog } from "./scaling_dialog";
import { VersionRows } from "./version_rows";

interface Props {
  detail: ModelDetail;
  onChange: () => void;
  onCreate: () => void;
}

/** Every version of a model with its figures, and what can be done to each. */
export function VersionsCard({ detail, onChange, onCreate }: Props): JSX.Element {
  const { project, name, versions } = detail;
  const [doomed, setDoomed] = useState<VersionRow>();
  const [scaled, setScaled] = useState<VersionRow>();
  const choose = async (row: VersionRow) => {
    try {
      await setDefault(project, name, row.name);
      toast(t("isDefaultNow", { name: row.name }));
      onChange();
    } catch (error) {
      toast(sentenceOf(error), true);
    }
  };
  return (
    <section class="card" aria-label={t("versions")}>
      <div class="card-head">
        <h2>{t("versions")}</h2>
        {versions.length > 0 ? <span class="quiet">{t("sinceStart")}</span> : null}
      </div>
      {versions.length === 0 ? (
        <Empty title={t("noVersions")}>
          <p>{t("noVersionsHint")}</p>
          <p class="models-command">
            <button type="button" class="button" onClick={onCreate}>
              <Icon name="plus" />
              {t("createVersion")}
            </button>
          </p>
        </Empty>
      ) : (
        <DataTable
          aria-label={t("versionList")}
          class="table version-table"
          columns={[
            t("version"),
            t("state"),
            t("framework"),
            ...numbers(t("requests"), t("errors"), t("p50"), t("p95"), t("p99")),
            { name: t("batch"), class: "number", title: t("batchHint") },
            { name: t("processes"), class: "number" },
          ]}
        >
          {versions.map((row) => (
            <VersionRows
              key={row.name}
              project={project}
              row={row}
              isDefault={row.name === detail.serving.defaultVersion}
              onDefault={() => void choose(row)}
              onScale={() => setScaled(row)}
              onDelete={() => setDoomed(row)}
            />
          ))}
        </DataTable>
      )}
      {doomed ? (
        <DeleteVersionDialog
          detail={detail}
          row={doomed}
          onDone={onChange}
          onClose={() => setDoomed(undefined)}
        />
      ) : null}
      {scaled ? (
        <ScalingDialog detail={detail} row={scaled} onDone={onChange} onClose={() => setScaled(undefined)} />
      ) : null}
    </section>
  );
}
