import { expect, test } from "vitest";
import { commandOf } from "./command";
import { emptyDraft } from "./draft";

const draft = {
  ...emptyDraft("speech_1"),
  packageUris: ["gs://b/p.tar.gz", "gs://b/q.whl"],
  pythonModule: "trainer.task",
  jobDir: "gs://b/speech_1",
  args: "--steps=5 'a b'",
  runtimeVersion: "1.10",
  labels: [{ key: "owner", value: "me" }],
};

test("a command of flags alone", () => {
  expect(commandOf({ ...draft, scaleTier: "STANDARD_1" }, "default", "gcloud")).toBe(
    [
      "gcloud ml-engine jobs submit training speech_1",
      "--project default",
      "--scale-tier standard-1",
      "--packages gs://b/p.tar.gz,gs://b/q.whl",
      "--module-name trainer.task",
      "--job-dir gs://b/speech_1",
      "--region us-central1",
      "--runtime-version 1.10",
      "--labels owner=me",
      "-- --steps=5 'a b'",
    ].join(" \\\n  "),
  );
  expect(commandOf(draft, "p", "mlengine")).toMatch(/^mlengine jobs submit training speech_1 /);
});

test("machines of one's own go by a file", () => {
  const custom = { ...draft, scaleTier: "CUSTOM", maxRunningTime: "1h", rest: { evaluatorCount: "1" } };
  custom.roles.worker = { type: "large_model", count: "2", acceleratorType: "", acceleratorCount: "" };
  const command = commandOf(custom, "default", "gcloud");
  expect(command).toContain("cat > config.yaml <<'END_OF_CONFIG'\ntrainingInput:\n");
  expect(command).toContain(
    '  scaleTier: CUSTOM\n  masterType: standard\n  workerType: large_model\n  workerCount: "2"\n',
  );
  expect(command).toContain("  scheduling:\n    maxRunningTime: 3600s\nEND_OF_CONFIG\ngcloud ml-engine");
  expect(command).toContain("--config config.yaml");
  expect(command).not.toContain("--scale-tier");
});
