import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { ErrorNotice, Loading } from "~/ui/notices";
import { DiskCard } from "./disk_card";
import { LimitsCard } from "./limits_card";
import { t } from "./messages";
import { RuntimesCard } from "./runtimes_card";
import { ServerCard } from "./server_card";
import { StoreCard } from "./store_card";
import "./system.css";
import type { SystemInfo } from "./system_info";

/** /ui/system: the engine itself, its disk, its limits and its runtimes. */
export function SystemPage(): JSX.Element {
  const load = useCallback((signal: AbortSignal) => get<SystemInfo>(paths.engine("system"), {}, signal), []);
  const { data: info, error, refresh } = useLive(load, 5000);
  return (
    <>
      <div class="page-head">
        <h1>{t("title")}</h1>
      </div>
      <div class="stack">
        <ErrorNotice error={error} onRetry={refresh} />
        {info ? (
          <div class="system-pair">
            <ServerCard info={info} />
            <div class="stack">
              <DiskCard info={info} />
              <StoreCard info={info} />
            </div>
          </div>
        ) : error ? null : (
          <Loading />
        )}
        <RuntimesCard />
        {info ? <LimitsCard limits={info.limits} /> : null}
      </div>
    </>
  );
}
