import type { JSX } from "preact";
import { AttemptsCard } from "./attempts_card";
import { DrillsCard } from "./drills_card";
import { EventsCard } from "./events_card";
import { InputCard } from "./input_card";
import type { JobDetail } from "./job_detail";
import { LabelsCard } from "./labels_card";
import { MoneyCard } from "./money_card";
import { OutputCard } from "./output_card";
import { PredictionInputCard, PredictionOutputCard } from "./prediction_cards";
import { PredictionErrorsCard } from "./prediction_errors_card";
import { Remarks } from "./remarks";
import { ReplicaGrid } from "./replica_grid";
import { TraceCard } from "./trace_card";

interface OverviewProps {
  detail: JobDetail;
  onChange: () => void;
}

export function OverviewTab({ detail, onChange }: OverviewProps): JSX.Element {
  const batch = detail.job.predictionInput !== undefined;
  return (
    <div class="stack">
      <ReplicaGrid detail={detail} />
      <DrillsCard detail={detail} />
      <div class="job-columns">
        <div class="stack">
          {batch ? <PredictionInputCard detail={detail} /> : <InputCard detail={detail} />}
          <LabelsCard detail={detail} onChange={onChange} />
          {batch ? <PredictionOutputCard detail={detail} /> : <OutputCard detail={detail} />}
          {batch ? <PredictionErrorsCard detail={detail} /> : null}
          <AttemptsCard detail={detail} />
        </div>
        <div class="stack">
          <MoneyCard detail={detail} />
          <EventsCard detail={detail} />
          <Remarks detail={detail} />
        </div>
      </div>
      <TraceCard detail={detail} />
    </div>
  );
}
