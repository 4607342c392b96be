import type { JSX } from "preact";
import { Fact } from "~/ui/facts";
import { GsLink } from "./input_card";
import type { JobDetail } from "./job_detail";
import { t } from "./overview_messages";

/** Where the results are, and what the API tells of them. */
export function OutputCard({ detail }: { detail: JobDetail }): JSX.Element {
  const { job, project } = detail;
  const folder = job.trainingInput?.jobDir;
  const output = job.trainingOutput;
  return (
    <section class="card" aria-labelledby="output-head">
      <div class="card-head">
        <h2 id="output-head">{t("output")}</h2>
      </div>
      {folder ? (
        <dl class="facts">
          <Fact name={t("outputFiles")}>
            <GsLink project={project} address={folder} />
          </Fact>
        </dl>
      ) : (
        <p class="quiet">{t("noOutput")}</p>
      )}
      {output ? (
        <details class="fold">
          <summary>{t("outputRaw")}</summary>
          <pre class="lines">{JSON.stringify(output, null, 2)}</pre>
        </details>
      ) : null}
    </section>
  );
}
