#!/usr/bin/env python3
"""Writes src/policy/original_runtimes.yaml: the runtime versions of the original service with the packages of their time.

The original's framework versions are known; what else was in its images is not. So each other package is derived: the
newest version that the package index had on the day of the runtime's release, for the framework's whole closure of
requirements, once per Python. Where that version has only a source archive, a version with a wheel goes before it: the
newest older one of the same series, else the first later one. The file says so beside the pin.

Reads the index that pip is configured for: its file lists (JSON form, with upload times) and, of the packages themselves,
the metadata alone. Answers are kept in build/pins. Only wheels for x86-64 Linux count.

    tools/derive_runtimes.py            rewrites the file
    tools/derive_runtimes.py 1.4 2.1    prints these runtimes alone
"""
import email.parser
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pip._internal.models.index import PyPI
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.utils import canonicalize_name
from pip._vendor.packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/policy/original_runtimes.yaml"
CACHE = ROOT / "build/pins"

# Known of the original: version, framework, day of release ("" where it is not known), Pythons. 3.6 stands beside 3.5,
# which few machines have any more: the same packages are made for both.
OLD, MIDDLE = ["2.7"], ["2.7", "3.5", "3.6"]
RUNTIMES = [
    ("0.11", "0.11.0", "", OLD), ("0.12", "0.12.1", "", OLD), ("1.0", "1.0.1", "2017-03-08", OLD),
    ("1.1", "1.1.0", "", OLD), ("1.2", "1.2.0", "2017-06-27", OLD), ("1.4", "1.4.0", "2017-12-14", MIDDLE),
    ("1.5", "1.5.0", "2018-03-13", MIDDLE), ("1.6", "1.6.0", "2018-03-20", MIDDLE),
    ("1.7", "1.7.0", "2018-04-26", MIDDLE), ("1.8", "1.8.0", "2018-05-16", MIDDLE),
    ("1.9", "1.9.0", "2018-08-06", MIDDLE), ("1.10", "1.10.0", "2018-08-31", MIDDLE),
    ("1.11", "1.11.0", "2018-10-05", MIDDLE), ("1.12", "1.12.3", "2018-12-19", MIDDLE),
    ("1.13", "1.13.1", "2019-03-06", MIDDLE), ("1.14", "1.14.0", "2019-07-19", MIDDLE),
    ("1.15", "1.15.0", "2019-12-19", ["2.7", "3.7"]), ("2.1", "2.1.0", "2020-03-09", ["3.7"]),
    ("2.2", "2.2.0", "", ["3.7", "3.8"]), ("2.3", "2.3.0", "", ["3.7", "3.8"]), ("2.4", "2.4.0", "", ["3.7", "3.8"]),
    ("2.5", "2.5.0", "", ["3.7", "3.8", "3.9"]), ("2.6", "2.6.0", "", ["3.7", "3.8", "3.9"]),
    ("2.7", "2.7.0", "", ["3.7", "3.8", "3.9"]), ("2.8", "2.8.0", "", ["3.7", "3.8", "3.9", "3.10"]),
    ("2.9", "2.9.0", "", ["3.7", "3.8", "3.9", "3.10"]), ("2.10", "2.10.0", "", ["3.7", "3.8", "3.9", "3.10"]),
    ("2.11", "2.11.0", "", ["3.7", "3.8", "3.9", "3.10"]),
]
# Other versions that are known.
KNOWN = {"1.13": ["numpy==1.16.4"], "1.14": ["numpy==1.16.4"], "2.1": ["scikit-learn==0.22.1", "pandas==0.25.3"]}
# Packages that the original's images had besides what TensorFlow requires; their versions are derived too.
BESIDES = ["h5py", "pandas", "scipy"]
BESIDES_FROM_1_4 = BESIDES + ["scikit-learn"]
# What installs the rest must know today's wheels: the last pip for the Python, and what builds a source archive.
INSTALLERS = [("pip", {"2.7": "20.3.4", "3.5": "20.3.4", "": "21.3.1"}),
              ("setuptools", {"2.7": "44.1.1", "3.5": "50.3.2", "": "59.6.0"}), ("wheel", {"": "0.37.1"})]
# Where a later version with a wheel would not do: gast 0.3 lost names that TensorFlow 1 uses.
FROM_SOURCE = {"gast"}
# Wheels that were tried and cannot be imported: (package, version, Python).
BROKEN = {("scipy", "1.2.0", "2.7")}


class NoVersion(Exception):
    """One sentence: what the index lacks."""


def index_url():
    said = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    return (said or PyPI.simple_url).rstrip("/")


def fetch(url, headers=None):
    for attempt in range(5):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=120) as answer:
                return answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            if error.code in (404, 410) or attempt == 4:
                raise
        except OSError:
            if attempt == 4:
                raise
        time.sleep(2 ** attempt)
    raise AssertionError("not reached")


class RemoteFile(io.RawIOBase):
    """A file on the index of which only the parts that are read are fetched."""
    BLOCK = 1 << 18

    def __init__(self, url):
        self.url, self.at, self.blocks = url, 0, {}
        _, headers = fetch(url, {"Range": "bytes=0-0"})
        self.size = int(headers["Content-Range"].rpartition("/")[2])

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        number = self.at // self.BLOCK
        if number not in self.blocks:
            last = min(self.size, (number + 1) * self.BLOCK) - 1
            self.blocks[number] = fetch(self.url, {"Range": f"bytes={number * self.BLOCK}-{last}"})[0]
        start = self.at - number * self.BLOCK
        part = self.blocks[number][start:start + len(buffer)]
        buffer[:len(part)] = part
        self.at += len(part)
        return len(part)


class Index:
    def __init__(self):
        self.url, self.lock, self.projects = index_url(), threading.Lock(), {}
        CACHE.mkdir(parents=True, exist_ok=True)

    def project(self, name):
        """{Version: [file, …]} of a project; files as the index describes them."""
        with self.lock:
            if name in self.projects:
                return self.projects[name]
        body, _ = fetch(f"{self.url}/{name}/", {"Accept": "application/vnd.pypi.simple.v1+json"})
        versions = {}
        for file in json.loads(body)["files"]:
            text = version_in(file["filename"], name)
            if text is None or file.get("yanked") or not file.get("upload-time"):
                continue
            try:
                versions.setdefault(Version(text), []).append(file)
            except InvalidVersion:
                continue
        with self.lock:
            self.projects[name] = versions
        return versions

    def requirements(self, file):
        """What the package in this file requires, as texts."""
        kept = CACHE / (hashlib.sha256(file["filename"].encode()).hexdigest()[:24] + ".json")
        if kept.exists():
            return json.loads(kept.read_text())
        url = urllib.parse.urljoin(f"{self.url}/x/", file["url"])
        if file["filename"].endswith(".whl"):
            with zipfile.ZipFile(io.BufferedReader(RemoteFile(url), 1 << 16)) as wheel:
                name = next(n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
                found = metadata_requirements(wheel.read(name).decode("utf-8", "replace"))
        else:
            found = sdist_requirements(file["filename"], fetch(url)[0])
        kept.write_text(json.dumps(found))
        return found


def version_in(filename, name):
    if filename.endswith(".whl"):
        parts = filename[:-4].split("-")
        return parts[1] if len(parts) in (5, 6) else None
    for ending in (".tar.gz", ".zip", ".tar.bz2"):
        if filename.endswith(ending):
            stem = filename[:-len(ending)]
            for cut in (i for i, c in enumerate(stem) if c == "-"):
                if canonicalize_name(stem[:cut]) == name:
                    return stem[cut + 1:]
    return None


def metadata_requirements(text):
    return email.parser.HeaderParser().parsestr(text).get_all("Requires-Dist") or []


def sdist_requirements(filename, content):
    """From the egg-info that setuptools puts beside; nothing where there is none."""
    if filename.endswith(".zip"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        files = {n: lambda n=n: archive.read(n) for n in archive.namelist()}
    else:
        archive = tarfile.open(fileobj=io.BytesIO(content))
        files = {m.name: lambda m=m: archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}
    found, marker = [], ""
    for name in files:
        if name.endswith(".egg-info/requires.txt"):
            for line in files[name]().decode().splitlines():
                if section := re.fullmatch(r"\[(.*)\]", line.strip()):
                    marker = section[1].partition(":")[2] if section[1].startswith(":") else None
                elif line.strip() and marker is not None:
                    found.append(line.strip() + (f"; {marker}" if marker else ""))
            return found
    return found


def fits(filename, python):
    """Whether a wheel can be installed for this Python on x86-64 Linux."""
    if not filename.endswith(".whl"):
        return False
    tags, abis, platforms = (part.split(".") for part in filename[:-4].split("-")[-3:])
    short = python.replace(".", "")
    major = python[0]
    abi = {"2.7": "cp27mu", "3.5": "cp35m", "3.6": "cp36m", "3.7": "cp37m"}.get(python, f"cp{short}")
    any_abi3 = major == "3" and "abi3" in abis and any(
        t.startswith("cp3") and int(t[3:] or 0) <= int(short[1:]) for t in tags)
    tag = any_abi3 or any(t in (f"cp{short}", f"py{short}", f"py{major}") for t in tags)
    return tag and (any_abi3 or abi in abis or "none" in abis) and any(
        p == "any" or re.fullmatch(r"manylinux(1|2010|2014|_2_(5|12|17))_x86_64", p) for p in platforms)


def runs_on(file, python):
    wanted = file.get("requires-python")
    try:
        return not wanted or SpecifierSet(wanted).contains(python + {"2.7": ".18"}.get(python, ".15"))
    except ValueError:
        return True


class Pick:
    def __init__(self, name, version, file, note):
        self.name, self.version, self.file, self.note = name, version, file, note


def allowed(versions, specifiers):
    plain = [v for v in versions if specifiers.contains(v, prereleases=bool(specifiers.prereleases))]
    return plain or [v for v in versions if specifiers.contains(v, prereleases=True)]


def pick(index, name, specifiers, python, day):
    project = index.project(name)
    limit = day + "T23:59:59.999999Z"
    usable = {v: [f for f in files if runs_on(f, python) and (fits(f["filename"], python) or not
                                                             f["filename"].endswith(".whl"))]
              for v, files in project.items()}
    broken = [v for v in usable if (name, str(v), python) in BROKEN]
    usable = {v: files for v, files in usable.items() if files and v not in broken}
    right = allowed(usable, specifiers)
    if not right:
        raise NoVersion(f"the package index has no {name} {specifiers} for Python {python}".replace("  ", " "))

    def wheel(version):
        return next((f for f in usable[version] if f["filename"].endswith(".whl")), None)
    of_time = allowed([v for v in right if min(f["upload-time"] for f in usable[v]) <= limit], specifiers)
    newest = max(of_time, default=None)
    if newest is not None and wheel(newest):
        note = "".join(f"{v} cannot be imported" for v in broken if v > newest
                       and min(f["upload-time"] for f in project[v]) <= limit)
        return Pick(name, newest, wheel(newest), note)
    with_wheel = [v for v in right if wheel(v)]
    if newest is not None:
        near = [v for v in with_wheel if v < newest and v.release[:2] == newest.release[:2]]
        if near:
            return Pick(name, max(near), wheel(max(near)), f"{newest} has no wheel")
    later = sorted(v for v in with_wheel if newest is None or v > newest)
    if later and not (newest and name in FROM_SOURCE):
        file = wheel(later[0])
        return Pick(name, later[0], file, f"of {file['upload-time'][:10]}, the first with a wheel")
    return Pick(name, newest or min(right), usable[newest or min(right)][0], "no wheel: built from source")


def environment(python):
    return {"python_version": python, "python_full_version": python + ".9", "implementation_name": "cpython",
            "platform_python_implementation": "CPython", "sys_platform": "linux", "os_name": "posix",
            "platform_system": "Linux", "platform_machine": "x86_64", "platform_release": "", "platform_version": "",
            "implementation_version": python + ".9", "extra": ""}


def installer_version(name, python):
    versions = dict(INSTALLERS).get(name)
    return versions and versions.get(python, versions[""])


def resolve(index, roots, python, day):
    """{name: Pick}: the closure of the roots. Turns until nothing changes; the packages of that time agree with each
    other, so nothing is searched for beyond that."""
    constraints, picks = {}, {}
    for _ in range(30):
        queue, seen, found = [Requirement(r) for r in roots], set(), {}
        while queue:
            requirement = queue.pop()
            name = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate(environment(python)):
                continue
            found.setdefault(name, set()).add(str(requirement.specifier))
            if name in seen or installer_version(name, python):
                continue
            seen.add(name)
            wanted = SpecifierSet(",".join(s for s in sorted(constraints.get(name, set()) | found[name]) if s))
            picks[name] = pick(index, name, wanted, python, day)
            queue += [Requirement(r.replace("\\\n", " ")) for r in index.requirements(picks[name].file)]
        if found == constraints:
            return {name: picks[name] for name in sorted(seen)}
        constraints = found
    raise NoVersion(f"the requirements of {', '.join(roots)} do not come to rest on Python {python}")


def framework_package(index, version, pythons):
    """tensorflow-cpu where there is one for each Python: the same without a gigabyte of GPU code."""
    for name in ("tensorflow-cpu", "tensorflow"):
        files = index.project(name).get(Version(version), [])
        if all(any(fits(f["filename"], p) for f in files) for p in pythons):
            return name, min(f["upload-time"] for f in files)[:10]
    return None, None


def marked(text, pythons, all_pythons):
    if pythons == all_pythons:
        return text
    return text + "; " + " or ".join(f'python_version == "{p}"' for p in pythons)


def grouped(by_python, all_pythons):
    """[(text of the version, Pythons)] in the order of the Pythons."""
    groups = {}
    for python in all_pythons:
        if python in by_python:
            groups.setdefault(by_python[python], []).append(python)
    return list(groups.items())


def runtime_text(index, name, version, released, pythons):
    package, uploaded = framework_package(index, version, pythons)
    lines = [f'  "{name}":', f"    framework: TensorFlow {version}"]
    if package is None:
        return lines + ["    python: [" + ", ".join(f'"{p}"' for p in pythons) + "]",
                        f"    unavailable: the package index has no TensorFlow {version}; the first that it has is "
                        f"{min(index.project('tensorflow'))}"]
    day = released or uploaded
    lines.append(f"    released: {day}")
    if not released:
        lines.append("    releasedDerived: true")
    lines.append("    python: [" + ", ".join(f'"{p}"' for p in pythons) + "]")
    if package != "tensorflow":
        lines.append(f"    provides: [tensorflow=={version}]")
    known = [f"{package}=={version}"] + KNOWN.get(name, [])
    besides = BESIDES_FROM_1_4 if Version(name) >= Version("1.4") else BESIDES
    known_names = {canonicalize_name(Requirement(r).name) for r in known}
    resolved = {p: resolve(index, known + [b for b in besides if b not in known_names], p, day) for p in pythons}
    lines.append("    installer:")
    for tool, _ in INSTALLERS:
        for number, where in grouped({p: installer_version(tool, p) for p in pythons}, pythons):
            lines.append(f"      - '{marked(f'{tool}=={number}', where, pythons)}'")
    lines.append("    requirements:")
    lines += [f"      - {r}" for r in known]
    lines.append("    derived:")
    for package_name in sorted(set().union(*resolved.values()) - known_names):
        by_python = {p: (str(r[package_name].version), r[package_name].note)
                     for p, r in resolved.items() if package_name in r}
        for (number, note), where in grouped(by_python, pythons):
            text = marked(f"{package_name}=={number}", where, pythons)
            lines.append(f"      - '{text}'" + (f"  # {note}" if note else ""))
    return lines


HEAD = """\
# The runtime versions of the original service, each with the packages of its time. Written by tools/derive_runtimes.py;
# built into the program beside runtimes.yaml, where the keys are explained.
#
# requirements: what is known of the original. derived: the newest version that the package index had on the day of
# release (releasedDerived: that day is the framework's own, the runtime's is not known). A note says where a pin is not
# that version, for want of a wheel.
runtimes:
"""


def main(names):
    index = Index()
    chosen = [r for r in RUNTIMES if not names or r[0] in names]
    with ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(lambda r: "\n".join(runtime_text(index, *r)), chosen))
    if names:
        print("\n".join(texts))
        return
    TARGET.write_text(HEAD + "\n\n".join(texts) + "\n")
    print(f"wrote {TARGET.relative_to(ROOT)}: {len(texts)} runtimes")


if __name__ == "__main__":
    main(sys.argv[1:])
