"""Runtime versions on Pythons of the original's time: built, run on, and removed through the public doors.

The runtimes are tiny (one wheel, made here), so nothing is downloaded; where this machine has no such Python the test of
it is skipped by name.
"""
import json
import os
import unittest
import zipfile
from pathlib import Path

from engine import Engine, wait_for

TRAINER = """\
from __future__ import print_function
import sys
import greeting
try:
    import salute
    second = salute.TEXT
except ImportError:
    second = 'nothing'
print('python %d.%d says' % sys.version_info[:2], greeting.TEXT, 'and', second, 'to', sys.argv[1:])
"""


def write_wheel(folder, name, version="1.0"):
    """A pure wheel for Python 2 and 3 with one module that holds its own name."""
    path = folder / f"{name}-{version}-py2.py3-none-any.whl"
    info = f"{name}-{version}.dist-info/"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"TEXT = '{name} {version}'\n")
        wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                                       "Tag: py2-none-any\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    return path


class RuntimesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        wheels = cls.engine.folder / "wheels"
        wheels.mkdir()
        cls.greeting = write_wheel(wheels, "greeting")
        write_wheel(wheels, "salute")
        runtimes = cls.engine.data / "runtimes"
        runtimes.mkdir(parents=True)
        cls.catalog = runtimes / "catalog.yaml"
        cls.write_catalog(f'["{cls.greeting}"]')
        # pip finds the wheels of this test and nothing else.
        cls.engine.environment.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))
        if "PYENV_ROOT" not in os.environ:  # the engine's home is another here
            cls.engine.environment["PYENV_ROOT"] = os.path.expanduser("~/.pyenv")
        cls.engine.__enter__()
        cls.engine.mlengine("storage", "mb", "gs://test_bucket")

    @classmethod
    def write_catalog(cls, requirements):
        # "1.4" is one of the original's, with its rules, and small here.
        cls.catalog.write_text(f'runtimes:\n  "1.4":\n    framework: Frame 1.4\n    python: ["2.7", "3.5", "3.6"]\n'
                               f'    requirements: {requirements}\n')

    @classmethod
    def tearDownClass(cls):
        cls.engine.__exit__()

    def install(self, python):
        done = self.engine.mlengine("runtimes", "install", "1.4", "--python-version", python, check=False)
        if done.returncode != 0 and f"needs Python {python}" in done.stderr:
            self.skipTest(f"this machine has no Python {python}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def runtime(self, name):
        return json.loads(self.engine.mlengine("runtimes", "describe", name, "--format", "json").stdout)

    def environment(self, python):
        """The folder of "1.4" on that Python."""
        runtime = self.runtime("1.4")
        for one in runtime.get("environments", [{"pythonVersion": runtime["pythonVersions"][0], **runtime}]):
            if one["pythonVersion"].startswith(python + "."):
                return Path(one["interpreter"]).parent.parent
        raise AssertionError(f"no Python {python} in {runtime}")

    def submit(self, job_id, requirement, *flags, source=TRAINER, check=True):
        package = self.engine.package(source)
        (package.parent / "setup.py").write_text(
            "from setuptools import setup\n"
            f"setup(name='trainer', version='1.0', packages=['trainer'], install_requires=[{requirement!r}])\n")
        return self.engine.mlengine("jobs", "submit", "training", job_id, "--staging-bucket", "gs://test_bucket",
                                    "--module-name", "trainer.task", "--package-path", package, "--region",
                                    "us-central1", "--runtime-version", "1.4", *flags, "--", "--steps", "1",
                                    check=check)

    def messages(self, job_id):
        job = self.engine.wait_job(job_id, seconds=120)
        messages = [text for _, _, text in self.engine.log_messages(job_id)]
        self.assertEqual(job["state"], "SUCCEEDED", "\n".join(messages))
        return messages

    def check_python(self, python):
        self.install(python)
        name = python.replace(".", "_")
        self.submit(f"met_{name}", "greeting>=1.0", "--python-version", python)
        self.submit(f"unmet_{name}", "salute", "--python-version", python)
        self.assertIn(f"python {python} says greeting 1.0 and nothing to ['--steps', '1']",
                      self.messages(f"met_{name}"))
        installed = self.messages(f"unmet_{name}")
        self.assertIn(f"python {python} says greeting 1.0 and salute 1.0 to ['--steps', '1']", installed)
        self.assertTrue([m for m in installed if "pip install" in m], installed)
        self.assertFalse([m for m in self.messages(f"met_{name}") if "pip install" in m])

    def test_python_2_7_runs_pure_packages_and_those_that_pip_installs(self):
        self.check_python("2.7")

    def test_a_package_for_another_python_is_refused_by_pip_with_its_reason(self):
        self.install("2.7")
        package = self.engine.package(TRAINER)
        (package.parent / "setup.py").write_text("from setuptools import setup\nsetup(name='trainer', version='1.0', "
                                                 "packages=['trainer'], python_requires='>=3.6')\n")
        self.engine.mlengine("jobs", "submit", "training", "newer", "--staging-bucket", "gs://test_bucket",
                             "--module-name", "trainer.task", "--package-path", package, "--region", "us-central1",
                             "--runtime-version", "1.4", "--python-version", "2.7")
        self.assertEqual(self.engine.wait_job("newer", seconds=120)["state"], "FAILED")
        told = "\n".join(text for _, _, text in self.engine.log_messages("newer"))
        self.assertIn("the runtime does not have python>=3.6", told)
        self.assertIn("requires a different Python", told)

    def test_python_3_6_runs_pure_packages_and_those_that_pip_installs(self):
        self.check_python("3.6")

    def test_a_runtime_goes_when_no_job_needs_it(self):
        self.install("3.6")
        self.submit("holds", "greeting", "--python-version", "3.6", source="import time\ntime.sleep(600)\n")
        wait_for("it to run", lambda: self.engine.job("holds")["state"] == "RUNNING")
        refused = self.engine.mlengine("runtimes", "uninstall", "1.4", "--python-version", "3.6", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is needed by unfinished jobs (default/holds)", refused.stderr)
        self.engine.mlengine("jobs", "cancel", "holds")
        self.engine.wait_job("holds")
        done = self.engine.mlengine("runtimes", "uninstall", "1.4", "--python-version", "3.6")
        self.assertIn("Uninstalled runtime [1.4] (Python 3.6.", done.stderr)
        self.assertFalse([p for p in self.runtime("1.4")["pythonVersions"]
                          if self.runtime("1.4")["state"] == "INSTALLED" and p.startswith("3.6")])
        self.install("3.6")  # and comes back

    def test_a_wrong_pair_is_refused_in_the_originals_words(self):
        done = self.submit("wrong", "greeting", "--python-version", "3.7", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Field: runtime_version Error: The specified runtime version '1.4' with the Python version '3.7' "
                      "is not supported or is deprecated. Please specify a different runtime version. See ",
                      done.stderr)
        self.assertIn("runtime version 1.4 runs Python 2.7, 3.5 or 3.6.", done.stderr)

    def test_the_list_says_what_each_version_needs(self):
        listed = {r["name"]: r for r in json.loads(
            self.engine.mlengine("runtimes", "list", "--format", "json").stdout)}
        self.assertEqual(listed["0.11"]["state"], "UNAVAILABLE")
        self.assertIn("no TensorFlow 0.11.0", listed["0.11"]["reason"])
        self.assertNotIn("1.3", listed)
        for name, runtime in listed.items():
            self.assertIn(runtime["state"], ("INSTALLED", "AVAILABLE", "MISSING", "UNAVAILABLE"), name)
            self.assertEqual("reason" in runtime, runtime["state"] in ("MISSING", "UNAVAILABLE"), runtime)
        refused = self.engine.mlengine("runtimes", "install", "0.11", check=False)
        self.assertIn("runtime version 0.11 can be built no more", refused.stderr)

    def test_what_other_pins_replaced_goes_when_no_job_runs_on_it(self):
        self.install("3.6")
        old = self.environment("3.6")
        self.submit("on_the_old", "greeting", "--python-version", "3.6", source="import time\ntime.sleep(600)\n")
        wait_for("it to run", lambda: self.engine.job("on_the_old")["state"] == "RUNNING")
        self.engine.stop()
        self.write_catalog(f'["{self.greeting}", "{self.greeting.with_name("salute-1.0-py2.py3-none-any.whl")}"]')
        self.engine.start()
        self.assertEqual(self.environment("3.6"), old)  # serves until there is a new one
        self.install("3.6")
        new = self.environment("3.6")
        self.assertNotEqual(new, old)
        self.assertTrue(old.exists(), "a job runs on it")
        self.engine.mlengine("jobs", "cancel", "on_the_old")
        self.engine.wait_job("on_the_old")
        self.engine.stop()
        self.engine.start()
        wait_for("the old one to go", lambda: not old.exists())
        self.assertTrue(new.exists())
        self.submit("on_the_new", "salute", "--python-version", "3.6")
        self.assertIn("python 3.6 says greeting 1.0 and salute 1.0 to ['--steps', '1']", self.messages("on_the_new"))


if __name__ == "__main__":
    unittest.main()
