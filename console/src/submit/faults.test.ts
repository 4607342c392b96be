import { expect, test } from "vitest";
import { ApiError } from "~/api/http";
import { emptyDraft } from "./draft";
import { faultsOf, isBlank, placeOf, planStands } from "./faults";

test("fields have their places", () => {
  expect(
    [
      "job.job_id",
      "job.training_input.package_uris[0]",
      "job.training_input.worker_type",
      "job.training_input.parameter_server_config.accelerator_config.count",
      "job.training_input.scheduling.max_running_time",
      "runtime_version",
      "job.training_input.hyperparameters.goal",
    ].map(placeOf),
  ).toEqual([
    "jobId",
    "packageUris",
    "workerType",
    "parameterServerAccelerator",
    "maxRunningTime",
    "runtimeVersion",
    "",
  ]);
});

test("an answer that says no is spread over the form", () => {
  const faults = faultsOf(
    new ApiError(400, "INVALID_ARGUMENT", "all of it", [
      { field: "job.job_id", description: "taken" },
      { field: "job.training_input.package_uris[1]", description: "not there" },
    ]),
  );
  expect(faults).toEqual({ jobId: ["taken"], packageUris: ["not there"] });
  expect(planStands(faults)).toBe(true);
  const quota = faultsOf(new ApiError(429, "RESOURCE_EXHAUSTED", "Quota failure"));
  expect(quota).toEqual({ scaleTier: ["Quota failure"] });
  expect(planStands(quota)).toBe(false);
  expect(faultsOf(new ApiError(500, "INTERNAL", "oh"))).toEqual({ "": ["oh"] });
});

test("what is blank", () => {
  const draft = emptyDraft("a");
  expect(isBlank(draft, "packageUris")).toBe(true);
  expect(isBlank(draft, "pythonModule")).toBe(true);
  expect(isBlank(draft, "jobId")).toBe(false);
  expect(isBlank(draft, "region")).toBe(false);
});
