"""Executes every command block of the guides, in order, as a reader would: one shell, a new home folder."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from engine import BIN, ROOT, tensorflow_runtime

GUIDES = [ROOT / f"docs/guides/first-job.{language}.md" for language in ("en", "ko")]
BLOCK = re.compile(r"^```sh( gcloud)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(guide):
    """[(needs gcloud, commands)] of a guide."""
    return [(bool(gcloud), text) for gcloud, text in BLOCK.findall(guide.read_text())]


class GuideTest(unittest.TestCase):
    def test_the_languages_have_the_same_commands(self):
        self.assertGreater(len(blocks(GUIDES[0])), 5)
        self.assertEqual(blocks(GUIDES[0]), blocks(GUIDES[1]))

    def test_the_fire_drill_works(self):
        home = Path(tempfile.mkdtemp(prefix="mlengine-guide-"))
        (home / "work").mkdir()
        script = ["set -euo pipefail"]
        for _, text in blocks(ROOT / "docs/guides/fire-drill.md"):
            script += ["echo '--- next block' >&2", text]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("CLOUDSDK_", "MLENGINE_"))}
        environment.update(HOME=str(home), MLENGINE_DATA_DIR=str(home / "data"), PATH=f"{BIN}:{os.environ['PATH']}",
                           LC_ALL="C.UTF-8")
        try:
            done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=home / "work", env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, errors="replace")
            self.assertEqual(done.returncode, 0, done.stdout[-6000:])
            self.assertEqual(len(re.findall(r"^Result +RECOVERED$", done.stdout, re.MULTILINE)), 3, done.stdout[-6000:])
            self.assertEqual(len(re.findall(r"by its own words", done.stdout)), 2, done.stdout[-6000:])
            self.assertRegex(done.stdout, r"1 of 1 replica ran on, with the same PID")
        finally:
            subprocess.run([str(BIN / "mlengine"), "server", "--stop"], env=environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            shutil.rmtree(home, ignore_errors=True)

    def test_every_command_block_works(self):
        runtime = tensorflow_runtime()
        if runtime is None:
            self.skipTest("runtime version 2.19 could not be built here")
        home = Path(tempfile.mkdtemp(prefix="mlengine-guide-"))
        data = home / "data"
        data.mkdir()
        (data / "mlengine.yaml").write_text(f"runtimesDir: {runtime[0]}\n")
        shutil.copytree(ROOT / "samples", home / "work/samples", ignore=shutil.ignore_patterns("__pycache__"))
        script = ["set -euo pipefail"]
        *first, last = blocks(GUIDES[0])  # the last stops the engine
        for gcloud, text in [*first, *blocks(ROOT / "docs/guides/product.md"), last]:
            if not gcloud or shutil.which("gcloud"):
                script += [f"echo '--- next block' >&2", text]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("CLOUDSDK_", "MLENGINE_"))}
        environment.update(HOME=str(home), MLENGINE_DATA_DIR=str(data), PATH=f"{BIN}:{os.environ['PATH']}",
                           CLOUDSDK_CONFIG=str(home / "gcloud"), LC_ALL="C.UTF-8")
        try:
            done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=home / "work", env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800, errors="replace")
            self.assertEqual(done.returncode, 0, done.stdout[-6000:])
            self.assertIn("Final test accuracy", done.stdout)
            self.assertRegex(done.stdout, r"\(score = 0\.\d+\)")
            self.assertEqual(len(re.findall(r"^LABEL +SCORE$", done.stdout, re.MULTILINE)), 2, done.stdout[-6000:])
            self.assertRegex(done.stdout, r"% matched, .* \(N=\d+\)\n")
        finally:
            subprocess.run([str(BIN / "mlengine"), "server", "--stop"], env=environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
