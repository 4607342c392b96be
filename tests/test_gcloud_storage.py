"""`gcloud storage` against the server, with only what `mlengine gcloud-env` prints: trees, odd names, every listing."""
import hashlib
import json
import os
import re
import shutil
import unittest
from concurrent.futures import ThreadPoolExecutor

from clients import run_client
from engine import Engine

GCLOUD = shutil.which("gcloud")
SMALL = ["a.txt", "empty", "sp ace/x y.txt", "유니코드/é.txt", "h#a%&+;=.txt", "100%/%41.txt", "deep/er/z.bin"]


@unittest.skipUnless(GCLOUD, "gcloud is not installed")
class GcloudStorageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine().__enter__()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.work = cls.engine.folder / "work"
        cls.tree = cls.work / "tree"
        for name in SMALL:
            path = cls.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"" if name == "empty" else name.encode())
        (cls.tree / "big.bin").write_bytes(os.urandom(20_000_000))

    def storage(self, *words, check=True):
        return run_client(self.engine, "gcloud", "storage", *words, check=check, cwd=self.work)

    def outputs(self, *commands):
        """Of commands that only read, side by side: most of the time of each is gcloud's own start."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            return list(pool.map(lambda words: self.storage(*words).stdout, commands))

    def bucket(self, name):
        status, answer = self.engine.request("POST", "/storage/v1/b?project=default", {"name": name})
        self.assertEqual(status, 200, answer)
        return f"gs://{name}"

    def names(self, bucket):
        return [item["name"] for item in self.engine.request("GET", f"/storage/v1/b/{bucket}/o")[1].get("items", [])]

    def files(self, folder):
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in folder.rglob("*") if path.is_file()}

    def test_a_tree_goes_up_is_listed_and_comes_back(self):
        bucket = self.bucket("tree_bucket")
        self.storage("cp", "-r", "tree", bucket)
        names = sorted([*SMALL, "big.bin"], key=str.encode)
        urls = [f"{bucket}/tree/{name}" for name in names]
        self.assertEqual(self.names("tree_bucket"), [f"tree/{name}" for name in names])
        recursive, long, entries, sizes = self.outputs(
            ["ls", "-r", bucket], ["ls", "-l", f"{bucket}/tree/"], ["ls", "--json", f"{bucket}/tree/sp ace/"],
            ["du", f"{bucket}/tree"])
        recursive, long = recursive.splitlines(), long.splitlines()
        self.assertEqual(sorted((line for line in recursive if line and not line.endswith(":")), key=str.encode), urls)
        self.assertIn(f"{bucket}/tree/sp ace/:", recursive)

        self.assertTrue(any(re.match(rf" +20000000  \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ  {bucket}/tree/big.bin$", line)
                            for line in long), long)
        self.assertIn(f"TOTAL: 4 objects, {20_000_000 + len('a.txt') + len('h#a%&+;=.txt')} bytes (19.07MiB)", long)
        [entry] = json.loads(entries)
        self.assertEqual((entry["url"].partition("#1")[0], entry["metadata"]["size"]),
                         (f"{bucket}/tree/sp ace/x y.txt", "14"))

        sizes = dict(reversed(line.split(maxsplit=1)) for line in sizes.splitlines())
        self.assertEqual(sizes[f"{bucket}/tree/big.bin"], "20000000")
        self.assertEqual(sizes[f"{bucket}/tree/sp ace/"], "14")
        self.assertEqual(sizes[f"{bucket}/tree/empty"], "0")
        self.assertEqual(sizes[f"{bucket}/tree/"], str(20_000_000 + sum(len(n.encode()) for n in SMALL) - 5))

        (self.work / "back").mkdir()
        self.storage("cp", "-r", f"{bucket}/tree", "back")
        self.assertEqual(self.files(self.work / "back/tree"), self.files(self.tree))

        self.storage("rm", "-r", f"{bucket}/tree/sp ace")
        self.assertEqual(self.names("tree_bucket"), [f"tree/{name}" for name in names if not name.startswith("sp ")])
        self.storage("rm", "-r", bucket)
        status, _ = self.engine.request("GET", "/storage/v1/b/tree_bucket")
        self.assertEqual(status, 404)

    def test_one_object_is_described_read_in_ranges_moved_and_overwritten(self):
        bucket = self.bucket("one_bucket")
        url = f"{bucket}/sp ace/é#1 100%.txt"
        (self.work / "one.txt").write_text("0123456789")
        self.storage("cp", "one.txt", url)
        described, middle, ends = self.outputs(["objects", "describe", url, "--format=json"],
                                               ["cat", "-r", "2-4", url], ["cat", "-r", "-3", url, url])
        self.assertEqual((middle, ends), ("234", "789789"))
        described = json.loads(described)
        self.assertEqual((described["name"], described["size"], described["content_type"], described["md5_hash"]),
                         ("sp ace/é#1 100%.txt", 10, "text/plain", "eB5eJF1ptWaXm4bijSPyxw=="))

        refused = self.storage("cp", "one.txt", url, "--if-generation-match=0", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("pre-conditions you specified did not hold", refused.stderr)
        (self.work / "one.txt").write_text("new")
        self.storage("cp", "one.txt", url, f"--if-generation-match={described['generation']}")
        self.assertEqual(self.storage("cat", url).stdout, "new")

        self.storage("mv", url, f"{bucket}/moved here.txt")
        self.assertEqual(self.names("one_bucket"), ["moved here.txt"])

    def test_names_with_empty_parts(self):
        bucket = self.bucket("slash_bucket")
        (self.work / "slash.txt").write_text("slash")
        self.storage("cp", "slash.txt", f"{bucket}/d//e.txt")
        self.assertEqual(self.outputs(["cat", f"{bucket}/d//e.txt"], ["ls", f"{bucket}/d/"]),
                         ["slash", f"{bucket}/d//\n"])
        self.assertEqual(self.names("slash_bucket"), ["d//e.txt"])

    def test_a_folder_moves_to_another_bucket(self):
        source, target = self.bucket("from_bucket"), self.bucket("to_bucket")
        for name in ("d/a", "d/sub/b c", "other"):
            quoted = name.replace(" ", "%20").replace("/", "%2F")
            status, _ = self.engine.request(
                "POST", f"/upload/storage/v1/b/from_bucket/o?uploadType=media&name={quoted}", name.encode())
            self.assertEqual(status, 200)
        self.storage("mv", f"{source}/d", f"{target}/moved")
        self.assertEqual(self.names("to_bucket"), ["moved/a", "moved/sub/b c"])
        self.assertEqual(self.names("from_bucket"), ["other"])
        self.assertEqual(self.engine.request("GET", "/to_bucket/moved/sub/b%20c")[1], "d/sub/b c")

    def test_buckets(self):
        self.storage("buckets", "create", "gs://made_one", "gs://made_two", "--location=us-central1")
        listed, described = map(json.loads, self.outputs(["buckets", "list", "--format=json"],
                                                         ["buckets", "describe", "gs://made_one", "--format=json"]))
        self.assertLessEqual({"made_one", "made_two"}, {bucket["name"] for bucket in listed})
        self.assertEqual((described["name"], described["location"], described["default_storage_class"]),
                         ("made_one", "US-CENTRAL1", "STANDARD"))
        self.storage("buckets", "delete", "gs://made_two")
        absent = self.storage("ls", "gs://made_two", check=False)
        self.assertEqual(absent.returncode, 1)
        self.assertIn("gs://made_two not found: 404", absent.stderr)


if __name__ == "__main__":
    unittest.main()
