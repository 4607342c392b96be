import { expect, test } from "vitest";
import { commandOf, configOf, nextJobId, quoted } from "./command";

test("the next id counts on", () => {
  expect(["speech", "speech_1", "speech_9", "run_007", "a1"].map(nextJobId)).toEqual([
    "speech_2",
    "speech_2",
    "speech_10",
    "run_008",
    "a1_2",
  ]);
  expect(nextJobId("x".repeat(128))).toHaveLength(128);
});

test("words are quoted for a shell", () => {
  expect(quoted("--lr=0.1")).toBe("--lr=0.1");
  expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quoted("<script>")).toBe("'<script>'");
  expect(quoted("")).toBe("''");
});

test("a job as a command with flags", () => {
  const command = commandOf({
    jobId: "speech_1",
    labels: { owner: "me", stage: "dev" },
    trainingInput: {
      args: ["--steps", "10", "--name=a b"],
      jobDir: "gs://b/speech_1",
      packageUris: ["gs://b/a.tar.gz", "gs://b/c.tar.gz"],
      pythonModule: "trainer.task",
      region: "us-central1",
      scaleTier: "STANDARD_1",
    },
  });
  expect(command).toBe(`mlengine jobs submit training speech_2 \\
  --module-name=trainer.task \\
  --packages=gs://b/a.tar.gz,gs://b/c.tar.gz \\
  --job-dir=gs://b/speech_1 \\
  --region=us-central1 \\
  --scale-tier=standard-1 \\
  --labels=owner=me,stage=dev \\
  -- --steps 10 '--name=a b'
`);
});

test("what has no flag goes through a file", () => {
  const job = {
    jobId: "long",
    trainingInput: { region: "us-central1", args: ["x"], scheduling: { maxRunningTime: "60s" } },
  };
  const command = commandOf(job);
  expect(command).toContain("cat > long_2.json <<'EOF'");
  expect(command).toContain('"maxRunningTime": "60s"');
  expect(command).toContain("--config=long_2.json \\\n  -- x");
  expect(configOf(job)).toEqual({ trainingInput: job.trainingInput });
});

test("what was asked for of a prediction", () => {
  const job = { jobId: "p", labels: { a: "b" }, predictionInput: { uri: "gs://b/m" }, predictionOutput: {} };
  expect(configOf(job)).toEqual({ labels: { a: "b" }, predictionInput: { uri: "gs://b/m" } });
});
