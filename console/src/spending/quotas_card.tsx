import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { useLive } from "~/live/use_live";
import { numbers, TableHead } from "~/ui/data_table";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice, Loading } from "~/ui/notices";
import { toast } from "~/ui/toasts";
import { getQuotas, type QuotaLine, takeProfile } from "./doors";
import { t } from "./messages";
import { QuotaDialog } from "./quota_dialog";
import { isAccelerator, limitText, quotaName, shareOf, sourceName, toneOf } from "./quota_names";

/** How much may run at once in a region, and how much does. */
export function QuotasCard({ project, region }: { project: string; region: string }): JSX.Element {
  const load = useCallback((signal: AbortSignal) => getQuotas(project, region, signal), [project, region]);
  const { data, error, refresh } = useLive(load, 3000);
  const [all, setAll] = useState(false);
  const [edited, setEdited] = useState<QuotaLine>();
  const [profile, setProfile] = useState<string>();
  const without = (line: QuotaLine) =>
    isAccelerator(line.quota) && line.limit === "0" && (line.used ?? "0") === "0" && line.source !== "set";
  const hidden = data?.quotas.filter(without).length ?? 0;
  return (
    <section class="card stack" aria-labelledby="quotas-title">
      <div class="card-head">
        <h2 id="quotas-title">{t("quotas")}</h2>
        {data ? (
          <label class="row">
            <span class="quiet">{t("profile")}</span>
            <select
              class="select profile"
              value={data.profile}
              onChange={(event) => {
                setProfile(event.currentTarget.value);
                event.currentTarget.value = data.profile; // until it is taken
              }}
            >
              {data.profiles.map((one) => (
                <option key={one.profile} value={one.profile} title={one.description}>
                  {one.profile}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      <ErrorNotice error={error} onRetry={refresh} />
      {!data && !error ? <Loading /> : null}
      {data ? (
        <>
          <p class="quiet">{data.description}</p>
          <table class="table quotas">
            <TableHead
              columns={[
                t("quota"),
                ...numbers(t("inUse"), t("limit")),
                { name: t("from"), class: "wide-only" },
                { name: <span class="hidden-text">{t("change")}</span> },
              ]}
            />
            <tbody>
              {data.quotas
                .filter((line) => all || !without(line))
                .map((line) => (
                  <Line key={line.quota} line={line} onEdit={() => setEdited(line)} />
                ))}
            </tbody>
          </table>
          {hidden > 0 ? (
            <button
              type="button"
              class="button small plain more-quotas"
              aria-expanded={all}
              onClick={() => setAll(!all)}
            >
              {all ? t("fewAccelerators") : t("allAccelerators", { n: hidden })}
            </button>
          ) : null}
        </>
      ) : null}
      {edited ? (
        <QuotaDialog
          project={project}
          region={region}
          line={edited}
          onDone={refresh}
          onClose={() => setEdited(undefined)}
        />
      ) : null}
      {profile ? (
        <Dialog
          title={t("profile")}
          action={t("take")}
          onAction={async () => {
            await takeProfile(project, profile);
            toast(t("saved"));
            refresh();
          }}
          onClose={() => setProfile(undefined)}
        >
          <p>{t("profileAsk", { name: profile })}</p>
          <p class="quiet">{data?.profiles.find((one) => one.profile === profile)?.description}</p>
        </Dialog>
      ) : null}
    </section>
  );
}

function Line({ line, onEdit }: { line: QuotaLine; onEdit: () => void }): JSX.Element {
  const name = quotaName(line.quota);
  const share = shareOf(line.used, line.limit);
  return (
    <tr data-quota={line.quota}>
      <td>
        {name}
        {share !== undefined ? (
          <div
            class={toneOf(share)}
            role="meter"
            aria-label={t("usedOf", { name, used: line.used ?? "", limit: limitText(line.limit) })}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.min(100, Math.round(share * 100))}
          >
            <span style={{ width: `${Math.min(100, share * 100)}%` }} />
          </div>
        ) : null}
      </td>
      <td class="number">{line.used === undefined ? "–" : limitText(line.used)}</td>
      <td class="number">{limitText(line.limit)}</td>
      <td class="wide-only quiet">{sourceName(line.source)}</td>
      <td class="number">
        <button
          type="button"
          class="button small plain"
          aria-label={t("changeOne", { name })}
          onClick={onEdit}
        >
          {t("change")}
        </button>
      </td>
    </tr>
  );
}
