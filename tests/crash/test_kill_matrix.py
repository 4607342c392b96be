"""A sample of the kill matrix, of the power cuts and of the restart storm; the whole of them with ./dev test --crash."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))


def ran(program, *words, timeout=600):
    done = subprocess.run([sys.executable, str(FOLDER / program), *map(str, words)], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout)
    return done.returncode, done.stdout[-3000:]


def may_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-qqq", "-o", "/dev/null", "true"]).returncode == 0


class KillMatrixTest(unittest.TestCase):
    def test_a_sample_of_cells(self):
        seed = os.environ.get("MLENGINE_CRASH_SEED", "20170405")
        code, told = ran("matrix.py", "--sample", 40, "--runs", 1, "--jobs", 4, "--stop-seconds", 1, "--seed", seed)
        self.assertEqual(code, 0, told)
        self.assertIn("40 cells, 40 runs", told)

    def test_a_short_storm(self):
        code, told = ran("storm.py", "--seconds", 15, "--jobs", 30, "--stored", 100)
        self.assertEqual(code, 0, told)
        self.assertIn("0 lost, 0 doubled, 0 wrong", told)


@unittest.skipUnless(may_trace(), "strace is not installed, or may not trace")
class PowerCutTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import power
        from matrix import prepare
        cls.power = power
        cls.folder = tempfile.mkdtemp(prefix="mlengine-power-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        template, _ = prepare(cls.folder)
        cls.record = power.Recording(cls.folder, template, with_upload=True)

    def test_cuts_right_after_promises(self):
        cuts = self.power.interesting(self.record)
        for until in cuts[::max(1, len(cuts) // 6)] + cuts[-1:]:
            for mode in ("lost", "names"):
                with self.subTest(call=until, mode=mode):
                    self.assertIsNone(self.power.check_cut(self.record, until, mode))

    def test_a_sync_that_is_left_out_is_noticed(self):
        for kind, mode in (("file stdout-N", "lost"), ("file state.db-wal", "lost"), ("file object", "names"),
                           ("folder master-N", "lost")):
            with self.subTest(without=kind):
                broken = any(self.power.check_cut(self.record, until, mode, without=(kind,))
                             for until in reversed(self.power.interesting(self.record)))
                self.assertTrue(broken, f"nothing breaks without the sync of {kind}")


if __name__ == "__main__":
    unittest.main()
