"""GPUs: found by nvidia-smi, leased to one replica at a time, checked before the program runs. Here nvidia-smi is a
script that lists devices of its own; what it says is read as the real one's."""
import shutil
import stat
import subprocess
import unittest

from clients import run_client
from engine import Engine, wait_for

GCLOUD = shutil.which("gcloud")

# Answers the two questions that the engine asks, about the devices of a file "INDEX UUID USED" beside it; a device whose
# USED is "hangs" makes the second fail.
NVIDIA_SMI = """#!/bin/sh
devices="$(dirname "$0")/devices"
case "$*" in
*--query-compute-apps=*)
  [ -f "$(dirname "$0")/computes" ] && cat "$(dirname "$0")/computes"; exit 0 ;;
*--id=*)
  wanted="${1#--id=}"
  while read -r index uuid used; do
    [ "$uuid" = "$wanted" ] || continue
    if [ "$used" = hangs ]; then echo "Unable to determine the device handle for $uuid: Unknown Error"; exit 15; fi
    echo "$uuid, Test Device 3000, 24576, $used"
    exit 0
  done < "$devices"
  echo "No devices were found"; exit 6 ;;
*)
  while read -r index uuid used; do echo "$index, $uuid, Test Device 3000, 24576"; done < "$devices" ;;
esac
"""

SHOWS = """
import os, sys, time
print("sees", os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
while not sys.argv[1].startswith("--") and not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
"""

TWO_GPUS = """
trainingInput:
  scaleTier: CUSTOM
  masterType: n1-standard-8
  masterConfig:
    acceleratorConfig:
      count: 2
      type: NVIDIA_TESLA_T4
  workerType: n1-standard-8
  workerCount: 1
"""


class GpusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.engine.data.mkdir()
        program = cls.engine.folder / "nvidia-smi"
        program.write_text(NVIDIA_SMI)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        cls.devices("0 GPU-aaaa 4", "1 GPU-bbbb 4")
        (cls.engine.data / "mlengine.yaml").write_text(f"slots: 4\nnvidiaSmi: {program}\n")
        cls.engine.start()

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    @classmethod
    def devices(cls, *lines):
        (cls.engine.folder / "devices").write_text("".join(line + "\n" for line in lines))

    def seen(self, job_id):
        return [m.removeprefix("sees ") for _, _, m in self.engine.log_messages(job_id) if m.startswith("sees ")]

    def go_file(self, name):
        """A file that its jobs wait for, made at the latest when the test ends."""
        path = self.engine.folder / name
        self.addCleanup(path.touch)
        return path

    def test_each_gpu_serves_one_replica_and_the_third_waits(self):
        go = self.go_file("go-lease")
        for job in ("gpu_a", "gpu_b", "gpu_c"):
            self.engine.submit(job, SHOWS, str(go), flags=["--scale-tier", "BASIC_GPU"])
        self.engine.submit("cpu_a", SHOWS)
        self.assertEqual(self.engine.wait_job("cpu_a")["state"], "SUCCEEDED", "behind a job that waits for a GPU")
        self.assertEqual(self.seen("cpu_a"), ["-1"])
        wait_for("two that run", lambda: self.seen("gpu_a") and self.seen("gpu_b"))
        self.assertEqual({*self.seen("gpu_a"), *self.seen("gpu_b")}, {"GPU-aaaa", "GPU-bbbb"})
        self.assertEqual(self.engine.job("gpu_c")["state"], "QUEUED")
        why = self.engine.mlengine("jobs", "why", "gpu_c").stdout
        self.assertIn("It needs 1 slot and 1 GPU of the 4 and 2 of the pool; 2 slots are free.", why)
        self.assertIn("(1 slot and 1 GPU)", why)
        go.touch()
        for job in ("gpu_a", "gpu_b", "gpu_c"):
            self.assertEqual(self.engine.wait_job(job)["state"], "SUCCEEDED")
        self.assertIn("The replica has 1 GPU: Test Device 3000 (24.0 GiB).",
                      [m for _, _, m in self.engine.log_messages("gpu_a")])

    def test_a_replica_sees_its_own_gpus_alone(self):
        config = self.engine.folder / "two.yaml"
        config.write_text(TWO_GPUS)
        self.engine.submit("two_gpus", SHOWS, flags=["--config", str(config)])
        self.assertEqual(self.engine.wait_job("two_gpus")["state"], "SUCCEEDED")
        by_task = {task: m for task, _, m in self.engine.log_messages("two_gpus") if m.startswith("sees ")}
        self.assertEqual(sorted(by_task["master-replica-0"].removeprefix("sees ").split(",")), ["GPU-aaaa", "GPU-bbbb"])
        self.assertEqual(by_task["worker-replica-0"], "sees -1")

    def test_gpus_stay_leased_when_the_server_is_killed(self):
        go = self.go_file("go-killed")
        self.engine.submit("kept_a", SHOWS, str(go), flags=["--scale-tier", "BASIC_GPU"])
        self.engine.submit("kept_b", SHOWS, str(go), flags=["--scale-tier", "BASIC_GPU"])
        wait_for("two that run", lambda: self.seen("kept_a") and self.seen("kept_b"))
        self.engine.kill()
        self.engine.start()
        self.engine.submit("kept_c", SHOWS, str(go), flags=["--scale-tier", "BASIC_GPU"])
        wait_for("the log", lambda: any("is queued" in m for _, _, m in self.engine.log_messages("kept_c")))
        self.assertEqual(self.engine.job("kept_c")["state"], "QUEUED")
        go.touch()
        for job in ("kept_a", "kept_b", "kept_c"):
            self.assertEqual(self.engine.wait_job(job)["state"], "SUCCEEDED")

    def test_a_gpu_that_does_not_answer_is_told_before_the_program_runs(self):
        self.devices("0 GPU-aaaa hangs", "1 GPU-bbbb hangs")
        self.addCleanup(self.devices, "0 GPU-aaaa 4", "1 GPU-bbbb 4")
        self.engine.submit("gone", SHOWS, flags=["--scale-tier", "BASIC_GPU"])
        job = self.engine.wait_job("gone")
        self.assertEqual(job["state"], "FAILED")
        self.assertIn("The GPU GPU-aaaa does not answer", job["errorMessage"])
        self.assertEqual(self.seen("gone"), [])

    def computes(self, *lines):
        (self.engine.folder / "computes").write_text("".join(line + "\n" for line in lines))

    def test_a_gpu_that_is_still_held_is_not_leased_until_it_is_free(self):
        go = self.go_file("go-held")
        self.computes("GPU-aaaa, 1, an older program of somebody else")
        self.addCleanup(self.computes)
        self.engine.submit("holder", SHOWS, str(go), flags=["--scale-tier", "BASIC_GPU"])
        wait_for("it to run", lambda: self.seen("holder"))
        gpu = self.seen("holder")[0]
        left = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(left.wait)
        self.addCleanup(left.kill)
        self.computes("GPU-aaaa, 1, an older program of somebody else", f"{gpu}, {left.pid}, sleep")
        go.touch()
        self.assertEqual(self.engine.wait_job("holder")["state"], "SUCCEEDED")
        warnings = [m for _, severity, m in self.engine.log_messages("holder") if severity == "WARNING"]
        self.assertEqual(len([m for m in warnings if "is still held by process" in m]), 1, warnings)
        self.assertIn(f"The GPU {gpu} is still held by process {left.pid} (sleep)", "".join(warnings))
        other = {"GPU-aaaa": "GPU-bbbb", "GPU-bbbb": "GPU-aaaa"}[gpu]
        stay = self.go_file("go-stay")
        self.engine.submit("beside", SHOWS, str(stay), flags=["--scale-tier", "BASIC_GPU"])
        wait_for("it to run", lambda: self.seen("beside"))
        self.assertEqual(self.seen("beside"), [other])
        self.engine.submit("behind", SHOWS, str(stay), flags=["--scale-tier", "BASIC_GPU"])
        wait_for("the log", lambda: any("is queued" in m for _, _, m in self.engine.log_messages("behind")))
        self.assertEqual(self.engine.job("behind")["state"], "QUEUED")
        said = self.engine.mlengine("jobs", "why", "behind").stdout
        self.assertIn(f"The GPU {gpu} is still held by process {left.pid} (sleep)", said)
        self.computes("GPU-aaaa, 1, an older program of somebody else")
        wait_for("it to run", lambda: self.seen("behind"), 15)
        self.assertEqual(self.seen("behind"), [gpu])
        stay.touch()
        for job in ("beside", "behind"):
            self.assertEqual(self.engine.wait_job(job)["state"], "SUCCEEDED")

    def test_memory_that_others_use_is_told(self):
        self.devices("0 GPU-aaaa 20000", "1 GPU-bbbb 20000")
        self.addCleanup(self.devices, "0 GPU-aaaa 4", "1 GPU-bbbb 4")
        self.engine.submit("crowded", SHOWS, flags=["--scale-tier", "BASIC_GPU"])
        self.assertEqual(self.engine.wait_job("crowded")["state"], "SUCCEEDED")
        self.assertTrue(any(severity == "WARNING" and "20000 of 24576 MiB are in use" in m
                            for _, severity, m in self.engine.log_messages("crowded")))

    def test_locations_tell_the_accelerators(self):
        status, answer = self.engine.request("GET", "/v1/projects/default/locations/us-central1")
        self.assertEqual(status, 200)
        self.assertIn("NVIDIA_TESLA_K80", answer["capabilities"][0]["availableAccelerators"])
        self.assertNotIn("TPU_V2", answer["capabilities"][0]["availableAccelerators"])

    @unittest.skipUnless(GCLOUD, "no gcloud")
    def test_gcloud_describes_a_location(self):
        done = run_client(self.engine, "gcloud", "alpha", "ai-platform", "locations", "describe", "us-central1", "--format", "json")
        self.assertIn("NVIDIA_TESLA_K80", done.stdout)


class ChosenGpusTest(unittest.TestCase):
    def test_a_server_that_is_told_what_cannot_be_says_so(self):
        engine = Engine()
        self.addCleanup(engine.__exit__)
        engine.data.mkdir()
        program = engine.folder / "nvidia-smi"
        program.write_text(NVIDIA_SMI)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (engine.folder / "devices").write_text("0 GPU-aaaa 4\n")
        for keys, message in (("gpus: [3]", "this machine has no GPU 3; it has 0 (GPU-aaaa)"),
                              ("gpus: some", "mlengine.yaml:2: the value of gpus is not of the right kind"),
                              ("regions:\n  us-east1: none", "mlengine.yaml:3: region us-east1 must be like"),
                              ("regions:\n  us-eest1: {pool: none}", "did you mean us-east1?"),
                              ("regions:\n  us-east1: {pool: moon}", 'the pool "moon" is not known'),
                              ("regions:\n  us-east1: {priceList: none}", "regions: us-east1: priceList:")):
            (engine.data / "mlengine.yaml").write_text(f"nvidiaSmi: {program}\n{keys}\n")
            with self.assertRaises(AssertionError) as failed:
                engine.start()
            engine.stop()
            self.assertIn(message, str(failed.exception))

    def test_regions_can_be_closed(self):
        engine = Engine()
        self.addCleanup(engine.__exit__)
        engine.data.mkdir()
        (engine.data / "mlengine.yaml").write_text("regions:\n  us-east1: {pool: none}\n")
        engine.start()
        status, answer = engine.request("GET", "/v1/projects/default/locations")
        names = [location["name"].split("/")[-1] for location in answer["locations"]]
        self.assertIn("us-central1", names)
        self.assertNotIn("us-east1", names)
        self.assertEqual(engine.request("GET", "/v1/projects/default/locations/us-east1")[0], 404)
        done = engine.submit("closed", "", flags=["--region", "us-east1"], check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("us-east1\" takes no jobs on this engine", done.stderr)


if __name__ == "__main__":
    unittest.main()
