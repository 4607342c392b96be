import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { useLive } from "~/live/use_live";
import { Icon } from "~/ui/icons";
import { ErrorNotice, Loading } from "~/ui/notices";
import { Capacity } from "./capacity";
import "./cluster.css";
import { GpuList } from "./gpu_list";
import { t } from "./messages";
import type { Pool } from "./pool";
import { QueueList } from "./queue_list";
import { RunningTable } from "./running_table";

/** /ui/cluster: the machine, what runs on it, and what waits for it. */
export function ClusterPage(): JSX.Element {
  const load = useCallback((signal: AbortSignal) => get<Pool>(paths.engine("pool"), {}, signal), []);
  const { data: pool, error, refresh } = useLive(load, 2000);
  return (
    <>
      <div class="page-head">
        <h1>{t("title")}</h1>
        {pool ? <span class="quiet">{pool.description}</span> : null}
      </div>
      <div class="stack">
        <ErrorNotice error={error} onRetry={refresh} />
        {pool ? (
          <>
            {pool.startsNothing ? (
              <p class="notice warn" role="alert">
                <Icon name="warning" />
                {pool.startsNothing}
              </p>
            ) : null}
            <Capacity pool={pool} />
            {pool.gpus.length > 0 ? <GpuList gpus={pool.gpus} /> : null}
            <div class="cluster-halves">
              <RunningTable replicas={pool.replicas} />
              <QueueList queue={pool.queue} waiting={pool.waiting ?? pool.queue.length} />
            </div>
          </>
        ) : error ? null : (
          <Loading />
        )}
      </div>
    </>
  );
}
