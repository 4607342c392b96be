import { expect, test } from "vitest";
import { losesFormat, modelOf, nextPrediction, predictionCommandOf } from "./prediction_command";

const job = {
  jobId: "flowers_1",
  labels: { owner: "me" },
  predictionInput: {
    versionName: "projects/p/models/flowers/versions/v2",
    dataFormat: "TF_RECORD_GZIP" as const,
    inputPaths: ["gs://b/in*", "gs://b/꽃 1"],
    outputPath: "gs://b/out/flowers_1/",
    region: "us-central1",
    batchSize: "8",
    outputDataFormat: "CSV" as const,
  },
};

test("a model and a version are told from the name of either", () => {
  expect(modelOf("projects/p/models/m")).toEqual({ model: "m", version: "" });
  expect(modelOf("projects/p/models/m/versions/v2")).toEqual({ model: "m", version: "v2" });
  expect(modelOf("")).toEqual({ model: "", version: "" });
});

test("a folder that is named after the job follows it; another stays", () => {
  expect(nextPrediction(job, "x").outputPath).toBe("gs://b/out/x");
  const shared = { ...job, predictionInput: { ...job.predictionInput, outputPath: "gs://b/out" } };
  expect(nextPrediction(shared, "x").outputPath).toBe("gs://b/out");
});

test("a prediction as a command of either tool", () => {
  const lines = (tool: "gcloud" | "mlengine") => predictionCommandOf(job, "p", tool).trim().split(" \\\n  ");
  const shared = [
    "--project=p",
    "--model=flowers",
    "--version=v2",
    "--data-format=tf-record-gzip",
    "--input-paths='gs://b/in*,gs://b/꽃 1'",
    "--output-path=gs://b/out/flowers_2",
    "--region=us-central1",
    "--batch-size=8",
  ];
  expect(lines("mlengine")).toEqual([
    "mlengine jobs submit prediction flowers_2",
    ...shared,
    "--output-data-format=csv",
    "--labels=owner=me",
  ]);
  expect(lines("gcloud")).toEqual([
    "gcloud ml-engine jobs submit prediction flowers_2",
    ...shared,
    "--labels=owner=me",
  ]);
  expect([losesFormat(job, "gcloud"), losesFormat(job, "mlengine")]).toEqual([true, false]);
});

test("a folder as model, and a model of another project", () => {
  const folder = predictionCommandOf({ jobId: "a", predictionInput: { uri: "gs://b/m" } }, "p", "mlengine");
  expect(folder).toContain("--model-dir=gs://b/m");
  expect(folder).toContain("--data-format=text");
  expect(folder).not.toContain("--model=");
  const other = { jobId: "a", predictionInput: { versionName: "projects/q/models/m/versions/v" } };
  expect(predictionCommandOf(other, "p", "mlengine")).toContain(
    "--model=projects/q/models/m \\\n  --version=v",
  );
});
