#!/usr/bin/env python3
"""Copies what was built to a prefix and can remove exactly that again (./dev install, ./dev uninstall)."""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ["mlengine", "mlengine-server", "mlengine-runner", "mlengine-model-server",
            "mlengine-batch-predictor"]
MANIFEST = "share/mlengine/install-manifest"


def default_prefix():
    return Path("/usr/local") if os.geteuid() == 0 else Path.home() / ".local"


def files_to_install(bin_dir, console, prefix, scratch):
    """Pairs of source and target; man pages and completions come from the program itself."""
    pairs = [(bin_dir / name, prefix / "bin" / name) for name in PROGRAMS]
    mlengine = str(bin_dir / "mlengine")
    man = scratch / "man"
    man.mkdir(parents=True)
    subprocess.run([mlengine, "man", str(man)], check=True)
    pairs += [(page, prefix / "share/man/man1" / page.name) for page in sorted(man.iterdir())]
    for shell, target in (("bash", "share/bash-completion/completions/mlengine"),
                          ("zsh", "share/zsh/site-functions/_mlengine"),
                          ("fish", "share/fish/vendor_completions.d/mlengine.fish")):
        script = scratch / shell
        script.write_bytes(subprocess.run([mlengine, "completion", shell], check=True, stdout=subprocess.PIPE).stdout)
        pairs.append((script, prefix / target))
    if not (console / "index.html").exists():
        sys.exit(f"install: there is no built console in {console}; ./dev build makes it")
    pairs += [(file, prefix / "share/mlengine/console" / file.relative_to(console))
              for file in sorted(console.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    worker = ROOT / "python"
    pairs += [(file, prefix / "share/mlengine/python" / file.relative_to(worker))
              for file in sorted(worker.rglob("*.py"))]
    return pairs


def install(prefix, bin_dir, console):
    scratch = ROOT / "build/install-scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    pairs = files_to_install(bin_dir, console, prefix, scratch)
    manifest = prefix / MANIFEST
    before = manifest.read_text().splitlines() if manifest.exists() else []
    folders = {line for line in before if line.endswith("/")} | {
        f"{folder}/" for target in [manifest] + [target for _, target in pairs] for folder in target.parents
        if not folder.exists()}
    manifest.parent.mkdir(parents=True, exist_ok=True)
    files = [str(target) for _, target in pairs]
    manifest.write_text("".join(f"{line}\n" for line in files + sorted(folders)))
    for line in set(before) - set(files) - folders:  # of an earlier version
        Path(line).unlink(missing_ok=True)
    for source, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside and renamed, so that a running program is replaced, not overwritten.
        beside = target.with_name(target.name + ".new")
        shutil.copy2(source, beside)
        os.replace(beside, target)
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"installed {len(pairs)} files under {prefix}; undo with: ./dev uninstall --prefix {prefix}")
    if str(prefix / "bin") not in os.environ.get("PATH", "").split(os.pathsep):
        print(f"{prefix / 'bin'} is not on PATH; add it: export PATH={prefix / 'bin'}:$PATH")


def uninstall(prefix):
    manifest = prefix / MANIFEST
    if not manifest.exists():
        sys.exit(f"uninstall: nothing installed under {prefix} ({manifest} is missing); name the --prefix used then")
    removed = 0
    lines = manifest.read_text().splitlines()
    for path in [Path(line) for line in lines if not line.endswith("/")]:
        if path.exists():
            path.unlink()
            removed += 1
    manifest.unlink()
    for folder in sorted((line for line in lines if line.endswith("/")), key=len, reverse=True):
        try:
            Path(folder).rmdir()
        except OSError:
            pass  # not empty: something of somebody else's is in it
    print(f"removed {removed} files from {prefix}; data folders (~/.mlengine, /var/lib/mlengine) are left as they are")


def main():
    parser = argparse.ArgumentParser(prog="dev")
    parser.add_argument("verb", choices=["install", "uninstall"])
    parser.add_argument("--prefix", type=lambda text: Path(text).expanduser().absolute(), default=default_prefix())
    parser.add_argument("--bin", type=lambda text: Path(text).absolute(), default=ROOT / "build/bin",
                        help="where the built programs are")
    parser.add_argument("--console", type=lambda text: Path(text).absolute(), default=ROOT / "build/console",
                        help="where the built web console is")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "install":
            install(arguments.prefix, arguments.bin, arguments.console)
        else:
            uninstall(arguments.prefix)
    except PermissionError as error:
        sys.exit(f"{arguments.verb}: no permission for {error.filename}; choose another --prefix or run as root")


if __name__ == "__main__":
    main()
