import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { get } from "~/api/http";
import { paths } from "~/api/resources";
import { formatBytes, formatCount } from "~/i18n/format";
import { useLive } from "~/live/use_live";
import { numbers, TableHead } from "~/ui/data_table";
import { Empty } from "~/ui/notices";
import { isOver } from "~/ui/state_badge";
import type { JobDetail } from "./job_detail";
import { loadMetrics } from "./metrics";
import { t } from "./overview_messages";
import { reasonName } from "./reason_words";
import { conditionOf, conditionsOf, replicasOf, type ShownReplica } from "./replicas";

const tone = (replica: ShownReplica) =>
  replica.bad
    ? "bad"
    : replica.state === "RUNNING"
      ? "busy"
      : replica.exit?.reason === "FINISHED"
        ? "good"
        : "";

function Exit({ replica }: { replica: ShownReplica }): JSX.Element | null {
  const { exit, error } = replica;
  if (!exit) return null;
  const code = exit.signal > 0 ? t("signal", { n: exit.signal }) : t("status", { n: exit.code });
  return (
    <>
      {reasonName(exit.reason)} {error ? <small>{error}</small> : <span class="quiet">({code})</span>}
    </>
  );
}

function Row({ replica, host, gpus }: { replica: ShownReplica; host: string; gpus: boolean }): JSX.Element {
  const { use } = replica;
  return (
    <tr data-replica={`${replica.role} ${replica.index}`}>
      <th scope="row">
        {replica.role} <span class="index">{replica.index}</span>
      </th>
      <td>
        <span class={`badge ${tone(replica)}`}>{reasonName(replica.state)}</span>
      </td>
      <td class="number">{use.cpu === undefined ? "–" : use.cpu.toFixed(2)}</td>
      <td class="number">{use.memory === undefined ? "–" : formatBytes(use.memory)}</td>
      {gpus ? (
        <td class="number">
          {use.gpu === undefined ? "" : `${use.gpu.toFixed(0)} % `}
          {replica.gpus > 0 ? `× ${replica.gpus}` : "–"}
        </td>
      ) : null}
      <td class="number">{replica.restarts}</td>
      <td class="nowrap">
        {host}
        {replica.port ? <span class="quiet">:{replica.port}</span> : host ? "" : "–"}
      </td>
      <td class="number">{replica.pid ?? "–"}</td>
      <td>
        <Exit replica={replica} />
      </td>
    </tr>
  );
}

interface ConditionsProps {
  replicas: readonly ShownReplica[];
  chosen: string;
  onChoose: (condition: string) => void;
}

/** How many replicas are how: of a crowd one sees a dozen at a time. */
function Conditions({ replicas, chosen, onChoose }: ConditionsProps): JSX.Element {
  const all = conditionsOf(replicas);
  return (
    <div class="row conditions" role="group" aria-label={t("conditions")}>
      <button type="button" class="button small" aria-pressed={chosen === ""} onClick={() => onChoose("")}>
        {t("allReplicas")}
      </button>
      {all.map(({ name, count, bad }) => (
        <button
          key={name}
          type="button"
          class={bad ? "button small bad" : "button small"}
          aria-pressed={chosen === name}
          onClick={() => onChoose(chosen === name ? "" : name)}
        >
          {reasonName(name)} {formatCount(count)}
        </button>
      ))}
    </div>
  );
}

// With more replicas than these some are out of sight.
const inSight = 12;

const loadHost = async (signal: AbortSignal) =>
  (await get<{ machine?: { host?: string } }>(paths.engine("pool"), {}, signal)).machine?.host ?? "";

const nowTags = ["cpu", "memory", "memory_resident", "gpu*"];

/** The replicas of the last attempt: where each is, what it uses now, how it ended. */
export function ReplicaGrid({ detail }: { detail: JobDetail }): JSX.Element {
  const { project } = detail;
  const job = detail.job.jobId ?? "";
  const attempt = detail.attempts.at(-1);
  const over = isOver(detail.job.state);
  const load = useCallback(
    (signal: AbortSignal) =>
      loadMetrics(project, job, { source: "resources", points: 1, tag: nowTags }, signal),
    [project, job],
  );
  const many = (attempt?.replicas?.length ?? 0) > 100;
  const metrics = useLive(load, over ? 0 : many ? 4000 : 2000);
  const host = useLive(loadHost, 0);
  const [condition, setCondition] = useState("");
  const replicas = replicasOf(attempt, metrics.data);
  const some = replicas.filter((one) => conditionOf(one) === condition);
  // Of a condition that nobody is in any more: all.
  const shown = some.length > 0 ? some : replicas;
  const gpus = replicas.some((one) => one.gpus > 0);
  return (
    <section class="card" aria-labelledby="replicas-head">
      <div class="card-head">
        <h2 id="replicas-head">
          {t("replicas")} <span class="quiet">{replicas.length > 0 ? replicas.length : ""}</span>
        </h2>
        {detail.attempts.length > 1 ? (
          <span class="quiet">{t("ofAttempt", { n: attempt?.number ?? 1 })}</span>
        ) : null}
      </div>
      {replicas.length > inSight ? (
        <Conditions replicas={replicas} chosen={shown === some ? condition : ""} onChoose={setCondition} />
      ) : null}
      {replicas.length === 0 ? (
        <Empty title={t("noReplicas")}>{over ? null : <p>{t("noReplicasHint")}</p>}</Empty>
      ) : (
        <div class="scroll-x replica-scroll" role="group" aria-labelledby="replicas-head" tabIndex={0}>
          <table class="table replicas">
            <TableHead
              columns={[
                t("replica"),
                t("state"),
                ...numbers(t("cpu"), t("memory")),
                ...(gpus ? numbers(t("gpu")) : []),
                { name: t("restarts"), class: "number" },
                t("host"),
                { name: t("pid"), class: "number" },
                t("exit"),
              ]}
            />
            <tbody>
              {shown.map((replica) => (
                <Row
                  key={`${replica.role} ${replica.index}`}
                  replica={replica}
                  host={host.data ?? ""}
                  gpus={gpus}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
