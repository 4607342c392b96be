import { expect, test } from "vitest";
import { draftFrom, emptyDraft, jobOf, withJobId } from "./draft";

test("an empty form is a job with little in it", () => {
  expect(jobOf(emptyDraft("a_1"))).toEqual({
    jobId: "a_1",
    trainingInput: { scaleTier: "BASIC", region: "us-central1" },
  });
});

test("a form of everything", () => {
  const draft = {
    ...emptyDraft(" a_1 "),
    packageUris: ["gs://b/p.tar.gz"],
    pythonModule: "trainer.task ",
    args: "--steps 5 --name 'a b'",
    jobDir: "gs://b/a_1",
    scaleTier: "CUSTOM",
    runtimeVersion: "1.10",
    labels: [
      { key: "owner", value: "me" },
      { key: "", value: "" },
    ],
    maxRunningTime: "2h",
  };
  draft.roles.master = {
    type: "n1-standard-8",
    count: "",
    acceleratorType: "NVIDIA_TESLA_K80",
    acceleratorCount: "2",
  };
  draft.roles.worker = { type: "n1-standard-4", count: "3", acceleratorType: "", acceleratorCount: "" };
  expect(jobOf(draft)).toEqual({
    jobId: "a_1",
    labels: { owner: "me" },
    trainingInput: {
      scaleTier: "CUSTOM",
      masterType: "n1-standard-8",
      masterConfig: { acceleratorConfig: { count: "2", type: "NVIDIA_TESLA_K80" } },
      workerType: "n1-standard-4",
      workerCount: "3",
      packageUris: ["gs://b/p.tar.gz"],
      pythonModule: "trainer.task",
      args: ["--steps", "5", "--name", "a b"],
      jobDir: "gs://b/a_1",
      region: "us-central1",
      runtimeVersion: "1.10",
      scheduling: { maxRunningTime: "7200s" },
    },
  });
});

test("a job filled from another is the same job under a new id", () => {
  const job = {
    jobId: "speech",
    labels: { owner: "me" },
    trainingInput: {
      scaleTier: "CUSTOM",
      masterType: "standard",
      workerType: "standard",
      workerCount: "2",
      masterConfig: { imageUri: "x" },
      evaluatorType: "standard",
      evaluatorCount: "1",
      packageUris: ["gs://b/p.tar.gz"],
      pythonModule: "trainer.task",
      args: ["--a=1", "b c", "--x", "-3"],
      jobDir: "gs://b/runs/speech",
      region: "europe-west1",
      scheduling: { maxRunningTime: "5400s", priority: 7 },
      useChiefInTfConfig: true,
    },
  };
  const again = jobOf(draftFrom(job, "speech_2"));
  expect(again).toEqual({
    ...job,
    jobId: "speech_2",
    trainingInput: { ...job.trainingInput, jobDir: "gs://b/runs/speech_2" },
  });
  const typed = draftFrom(
    { ...job, trainingInput: { ...job.trainingInput, jobDir: "gs://b/all" } },
    "speech_2",
  );
  expect(typed.jobDir).toBe("gs://b/all");
});

test("the output folder follows the id until it is typed", () => {
  const draft = { ...emptyDraft("a"), jobDir: "gs://b/a" };
  expect(withJobId(draft, "ab").jobDir).toBe("gs://b/ab");
  expect(withJobId({ ...draft, jobDirTyped: true }, "ab").jobDir).toBe("gs://b/a");
});
