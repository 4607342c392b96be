import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import type { JobJson, TrainingInputJson } from "~/api/gen/mlengine/ml/v1/job_pb";
import { Fact } from "~/ui/facts";
import { ConfigYaml } from "./config_yaml";
import { packageOf, storageLink } from "./gs_links";
import type { JobDetail } from "./job_detail";
import { t } from "./overview_messages";

export function GsLink({
  project,
  address,
  isFile,
  children,
}: {
  project: string;
  address: string;
  isFile?: boolean;
  children?: ComponentChildren;
}): JSX.Element {
  const link = storageLink(project, address, isFile);
  const text = children ?? address;
  return link ? <Link href={link}>{text}</Link> : <span>{text}</span>;
}

/** "master complex_model_m, 4 × worker large_model" of a CUSTOM tier. */
function machinesOf(input: TrainingInputJson): string[] {
  const roles: [string, string | undefined, string | undefined, TrainingInputJson["masterConfig"]][] = [
    ["master", input.masterType, "1", input.masterConfig],
    ["worker", input.workerType, input.workerCount, input.workerConfig],
    ["ps", input.parameterServerType, input.parameterServerCount, input.parameterServerConfig],
    ["evaluator", input.evaluatorType, input.evaluatorCount, input.evaluatorConfig],
  ];
  return roles.flatMap(([role, type, count, config]) => {
    if (!type || !Number(count)) return [];
    const { count: gpus, type: kind } = config?.acceleratorConfig ?? {};
    const more = gpus ? ` + ${gpus} × ${kind}` : "";
    return [`${count} × ${role}: ${type}${more}`];
  });
}

function limitsOf({ scheduling }: TrainingInputJson): string[] {
  const { maxRunningTime, maxWaitTime, priority } = scheduling ?? {};
  return [
    ...(maxRunningTime ? [t("maxRunning", { time: String(maxRunningTime) })] : []),
    ...(maxWaitTime ? [t("maxWait", { time: String(maxWaitTime) })] : []),
    ...(priority ? [t("priority", { n: priority })] : []),
  ];
}

function Lines({ lines }: { lines: string[] }): JSX.Element {
  return (
    <>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </>
  );
}

function Runtime({ job, runtime }: { job: JobJson; runtime: string }): JSX.Element {
  const asked = job.trainingInput?.runtimeVersion;
  return (
    <>
      {asked || t("defaults")}{" "}
      {runtime && runtime !== asked ? (
        <span class="quiet">({t("runtimeReal", { name: runtime })})</span>
      ) : null}
    </>
  );
}

/** What was asked for. */
export function InputCard({ detail }: { detail: JobDetail }): JSX.Element {
  const { job, project } = detail;
  const input = job.trainingInput ?? {};
  const machines = machinesOf(input);
  const limits = limitsOf(input);
  const args = input.args ?? [];
  return (
    <section class="card" aria-labelledby="input-head">
      <div class="card-head">
        <h2 id="input-head">{t("input")}</h2>
      </div>
      <dl class="facts">
        <Fact name={t("module")} mono>
          {input.pythonModule ?? "–"}
        </Fact>
        <Fact name={t("args")}>
          {args.length > 0 ? <pre class="lines args">{args.join("\n")}</pre> : "–"}
        </Fact>
        <Fact name={t("tier")}>{input.scaleTier ?? "BASIC"}</Fact>
        {machines.length > 0 ? (
          <Fact name={t("machines")}>
            <Lines lines={machines} />
          </Fact>
        ) : null}
        <Fact name={t("runtime")}>
          <Runtime job={job} runtime={detail.runtime} />
        </Fact>
        {input.pythonVersion ? <Fact name={t("python")}>{input.pythonVersion}</Fact> : null}
        <Fact name={t("region")}>{input.region ?? "–"}</Fact>
        {limits.length > 0 ? (
          <Fact name={t("limits")}>
            <Lines lines={limits} />
          </Fact>
        ) : null}
        <Fact name={t("jobDir")}>
          {input.jobDir ? <GsLink project={project} address={input.jobDir} /> : "–"}
        </Fact>
        <Fact name={t("packages")}>
          {(input.packageUris ?? []).map((uri) => {
            const { name, hash } = packageOf(uri);
            return (
              <div key={uri}>
                <GsLink project={project} address={uri} isFile>
                  {name}
                </GsLink>{" "}
                {hash ? (
                  <code class="quiet" title={hash}>
                    {hash.slice(0, 12)}
                  </code>
                ) : null}
              </div>
            );
          })}
        </Fact>
      </dl>
      <ConfigYaml job={job} />
    </section>
  );
}
