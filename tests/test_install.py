"""What `./dev install` copies works where it lies, and `uninstall` removes exactly that."""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from engine import BIN, ROOT, Engine


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


class InstallTest(unittest.TestCase):
    def run_tool(self, *words, check=True):
        return subprocess.run([sys.executable, str(ROOT / "tools/install.py"), *words], check=check, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def assert_console(self, prefix):
        """The installed server shows the installed console."""
        engine = Engine()
        engine.programs = prefix / "bin"
        with engine:
            status, page = engine.request("GET", "/ui/jobs/any")
            self.assertEqual(status, 200, page)
            script = re.search(r'src="(/ui/assets/[^"]+\.js)"', page).group(1)
            self.assertIn(script.removeprefix("/ui/"), " ".join(files_of(prefix)))
            self.assertEqual(engine.request("GET", script)[0], 200)

    def test_install_and_uninstall(self):
        with tempfile.TemporaryDirectory(prefix="mlengine-install-") as folder:
            prefix = Path(folder)
            (prefix / "bin").mkdir()
            (prefix / "bin/another-program").write_text("not ours")
            self.run_tool("install", "--prefix", folder, "--bin", str(BIN))
            installed = files_of(prefix)
            for name in ("bin/mlengine", "bin/mlengine-server", "bin/mlengine-runner", "share/man/man1/mlengine.1",
                         "share/bash-completion/completions/mlengine", "share/zsh/site-functions/_mlengine",
                         "share/fish/vendor_completions.d/mlengine.fish", "share/mlengine/console/index.html",
                         "share/mlengine/python/__main__.py", "share/mlengine/python/mlengine_worker/main.py"):
                self.assertIn(name, installed)
            version = subprocess.run([prefix / "bin/mlengine", "--version"], check=True, text=True,
                                     stdout=subprocess.PIPE).stdout
            self.assertRegex(version, r"mlengine \d+\.\d+\.\d+")
            self.assert_console(prefix)
            self.run_tool("install", "--prefix", folder, "--bin", str(BIN))  # an upgrade
            self.run_tool("uninstall", "--prefix", folder)
            self.assertEqual([path.name for path in sorted(prefix.rglob("*"))], ["bin", "another-program"])
            again = self.run_tool("uninstall", "--prefix", folder, check=False)
            self.assertNotEqual(again.returncode, 0)
            self.assertIn("nothing installed", again.stdout)


if __name__ == "__main__":
    unittest.main()
