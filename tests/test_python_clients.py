"""Google's Python libraries and TensorFlow's gs:// against the server, with only what `mlengine gcloud-env` prints."""
import re
import textwrap
import unittest
from concurrent.futures import ThreadPoolExecutor

from clients import libraries_python, run_client, source_distribution, tensorflow_python
from engine import Engine

PRELUDE = """
import io, json, os, sys, time

def same(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"

def raises(kind, call, *texts):
    try:
        got = call()
    except kind as error:
        for text in texts:
            assert text in str(error), f"{text!r} is not in {error}"
        return error
    raise AssertionError(f"no {kind.__name__}, but {got!r}")
"""
STORAGE = """
from google.api_core import exceptions
from google.cloud import storage

client = storage.Client()
bucket = client.bucket(sys.argv[1])
bucket.create(location="us-central1")
"""


class ScriptTest(unittest.TestCase):
    """Runs scripts in another interpreter, `python_and_reason` of the class below."""
    python_and_reason = None

    @classmethod
    def setUpClass(cls):
        cls.python, cls.missing = cls.python_and_reason()
        if not cls.missing:
            cls.engine = Engine().__enter__()
            cls.addClassCleanup(cls.engine.__exit__)

    def setUp(self):
        if self.missing:
            self.skipTest(self.missing)

    def script(self, text, *arguments, prelude=PRELUDE):
        path = self.engine.folder / f"{self._testMethodName}.py"
        path.write_text(prelude + textwrap.dedent(text))
        return run_client(self.engine, self.python, path, *arguments, cwd=self.engine.folder)


class GoogleApiPythonClientTest(ScriptTest):
    python_and_reason = staticmethod(libraries_python)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.missing:
            return
        # The line that `gcloud-env` prints for this library, to the letter.
        printed = run_client(cls.engine, "mlengine", "gcloud-env").stdout
        line = re.search(r"(?m)^# google-api-python-client: (build\(.*\))$", printed).group(1)
        cls.prelude = PRELUDE + textwrap.dedent("""
            import google.auth.credentials
            from googleapiclient.discovery import build
            from googleapiclient.errors import HttpError
            ml = %s
            project = "projects/" + os.environ["MLENGINE_PROJECT"]
            jobs = ml.projects().jobs()

            def until(job_id, *states):
                end = time.monotonic() + 40
                while time.monotonic() < end:
                    job = jobs.get(name=f"{project}/jobs/{job_id}").execute()
                    if job["state"] in states:
                        return job
                    time.sleep(0.1)
                raise AssertionError(f"{job_id} is {job}")
            """) % line
        cls.engine.request("POST", "/storage/v1/b?project=default", {"name": "api_bucket"})
        for name, source in (("quick", "import sys\nprint('ran with', sys.argv[1:])\n"),
                             ("long", "import time\ntime.sleep(600)\n")):
            status, answer = cls.engine.request(
                "POST", f"/upload/storage/v1/b/api_bucket/o?uploadType=media&name={name}.tar.gz",
                source_distribution(source), {"Content-Type": "application/x-tar"})
            assert status == 200, answer

    def test_the_project_and_its_locations(self):
        self.script("""
            config = ml.projects().getConfig(name=project).execute()
            assert "@" in config["serviceAccount"] and config["serviceAccountProject"].isdigit(), config
            locations = ml.projects().locations()
            listed = locations.list(parent=project).execute()["locations"]
            names = [location["name"] for location in listed]
            assert f"{project}/locations/us-central1" in names, names
            one = locations.get(name=f"{project}/locations/us-central1").execute()
            same(one, listed[names.index(one["name"])])
            assert {"type": "TRAINING"} in one["capabilities"], one
            same(raises(HttpError, locations.get(name=f"{project}/locations/mars").execute).resp.status, 404)
            """, prelude=self.prelude)

    def test_a_job_from_create_to_its_end(self):
        self.script("""
            body = {"jobId": "api_1", "labels": {"owner": "me"}, "trainingInput": {
                "packageUris": ["gs://api_bucket/quick.tar.gz"], "pythonModule": "trainer.task",
                "region": "us-central1", "args": ["--epochs", "3"], "jobDir": "gs://api_bucket/api_1"}}
            made = jobs.create(parent=project, body=body).execute()
            same((made["jobId"], made["labels"]), ("api_1", {"owner": "me"}))
            assert made["state"] in ("QUEUED", "PREPARING", "RUNNING"), made
            same(raises(HttpError, jobs.create(parent=project, body=body).execute,
                        "A job with this id already exists.").resp.status, 409)
            done = until("api_1", "SUCCEEDED", "FAILED")
            same(done["state"], "SUCCEEDED")
            assert done["createTime"] <= done["startTime"] <= done["endTime"], done
            same(done["trainingInput"], body["trainingInput"] | {k: done["trainingInput"][k]
                 for k in done["trainingInput"].keys() - body["trainingInput"].keys()})
            """, prelude=self.prelude)
        self.assertIn(("master-replica-0", "INFO",
                       "ran with ['--epochs', '3', '--job-dir', 'gs://api_bucket/api_1']"),
                      self.engine.log_messages("api_1"))

    def test_cancel_patch_and_errors(self):
        self.script("""
            jobs.create(parent=project, body={"jobId": "api_cancel", "trainingInput": {
                "packageUris": ["gs://api_bucket/long.tar.gz"], "pythonModule": "trainer.task",
                "region": "us-central1"}}).execute()
            name = f"{project}/jobs/api_cancel"
            read = until("api_cancel", "RUNNING")
            patched = jobs.patch(name=name, updateMask="labels", body={"labels": {"a": "b"}}).execute()
            same((patched["labels"], jobs.get(name=name).execute()["labels"]), ({"a": "b"}, {"a": "b"}))
            same(raises(HttpError, jobs.patch(name=name, updateMask="labels,etag", body={
                "labels": {}, "etag": read["etag"]}).execute, "job.etag").resp.status, 409)
            same(jobs.patch(name=name, updateMask="labels,etag",
                            body={"etag": patched["etag"]}).execute().get("labels", {}), {})
            same(jobs.cancel(name=name, body={}).execute(), {})
            until("api_cancel", "CANCELLED")
            same(raises(HttpError, jobs.cancel(name=name, body={}).execute, "already CANCELLED").resp.status, 400)
            same(raises(HttpError, jobs.get(name=f"{project}/jobs/none").execute).resp.status, 404)
            error = raises(HttpError, jobs.create(parent=project, body={"jobId": "bad-id"}).execute, "job.job_id")
            same(error.resp.status, 400)
            fields = [violation["field"] for violation in error.error_details[0]["fieldViolations"]]
            assert "job.job_id" in fields and "job.training_input" in fields, fields
            studies = ml.projects().locations().studies().list(parent=f"{project}/locations/us-central1")
            same(raises(HttpError, studies.execute, "studies.list").resp.status, 501)
            explain = ml.projects().explain(name=f"{project}/models/m", body={"instances": []})
            same(raises(HttpError, explain.execute, "could not be found").resp.status, 404)
            """, prelude=self.prelude)

    def test_list_in_pages_and_with_a_filter(self):
        self.script("""
            for i in range(3):
                jobs.create(parent=project, body={"jobId": f"page_{i}", "labels": {"kind": f"page{i % 2}"},
                    "trainingInput": {"packageUris": ["gs://api_bucket/quick.tar.gz"], "pythonModule": "trainer.task",
                                      "region": "us-central1"}}).execute()
            seen, request = [], jobs.list(parent=project, pageSize=2)
            while request is not None:
                answer = request.execute()
                assert len(answer["jobs"]) <= 2, answer
                seen += [job["jobId"] for job in answer["jobs"] if job["jobId"].startswith("page_")]
                request = jobs.list_next(request, answer)
            same(seen, ["page_2", "page_1", "page_0"])
            # The blanks of a filter travel as plus signs.
            found = jobs.list(parent=project, filter="labels.kind = page0 AND jobId:page_*").execute()["jobs"]
            same([job["jobId"] for job in found], ["page_2", "page_0"])
            """, prelude=self.prelude)


class GoogleCloudStorageTest(ScriptTest):
    python_and_reason = staticmethod(libraries_python)

    def storage(self, bucket, text):
        return self.script(text, bucket, prelude=PRELUDE + STORAGE)

    def test_names_of_every_kind(self):
        self.storage("names_bucket", r"""
            names = ["a.txt", "sp ace/x y.txt", "유니코드/é.txt", "h#a%s?h&+;=.txt", "d//e", "d/", "a%2Fb",
                     "q'uote\"", "[glob*]?", "trailing ", "back\\slash", "p+l+us"]
            for name in names:
                bucket.blob(name).upload_from_string(name.encode())
                same(bucket.get_blob(name).size, len(name.encode()))
                same(bucket.blob(name).download_as_bytes(), name.encode())
            same(sorted(blob.name for blob in bucket.list_blobs()), sorted(names))
            same([[blob.name for blob in page] for page in bucket.list_blobs(page_size=5).pages],
                 [sorted(names, key=str.encode)[i:i + 5] for i in (0, 5, 10)])
            for name in names:
                same([blob.name for blob in bucket.list_blobs(prefix=name) if blob.name == name], [name])
            top = bucket.list_blobs(delimiter="/")
            same(sorted(blob.name for blob in top), sorted(name for name in names if "/" not in name))
            same(sorted(top.prefixes), ["d/", "sp ace/", "유니코드/"])
            bucket.delete_blobs(list(bucket.list_blobs()))
            bucket.delete()
            same((bucket.exists(), client.lookup_bucket("names_bucket")), (False, None))
            """)

    def test_large_objects_ranges_and_streams(self):
        self.storage("large_bucket", """
            big = os.urandom(3_000_000)
            blob = bucket.blob("big", chunk_size=1 << 20)
            blob.upload_from_file(io.BytesIO(big), size=len(big))  # resumable, in pieces
            same(bucket.get_blob("big").size, len(big))
            blob.upload_from_file(io.BytesIO(big[:-1]))  # resumable, of unknown length
            same(bucket.blob("big").download_as_bytes(), big[:-1])
            for checksum in ("md5", "crc32c", "auto"):
                bucket.blob("big").upload_from_string(big, checksum=checksum)
                same(bucket.blob("big").download_as_bytes(checksum=checksum), big)
            blob = bucket.blob("big", chunk_size=1 << 20)
            same(blob.download_as_bytes(), big)  # in ranges of 1 MiB
            same(bucket.blob("big").download_as_bytes(start=100, end=199), big[100:200])
            same(bucket.blob("big").download_as_bytes(start=2_999_990), big[2_999_990:])
            with bucket.blob("written").open("wb", chunk_size=256 << 10) as file:
                for i in range(10):
                    file.write(big[i * 100_000:(i + 1) * 100_000])
            with bucket.blob("written").open("rb") as file:
                file.seek(5000)
                same(file.read(1000), big[5000:6000])
            same(bucket.blob("written").download_as_bytes(), big[:1_000_000])
            with bucket.blob("text").open("w") as file:
                file.write("hé\\nb\\n")
            same(list(bucket.blob("text").open("r")), ["hé\\n", "b\\n"])
            bucket.blob("empty").upload_from_string(b"")
            same((bucket.blob("empty").download_as_bytes(), bucket.get_blob("empty").size), (b"", 0))
            import gzip
            packed = bucket.blob("packed")
            packed.content_encoding = "gzip"
            packed.upload_from_string(gzip.compress(b"hello" * 1000))
            same(bucket.blob("packed").download_as_bytes(), b"hello" * 1000)
            bucket.delete(force=True)
            """)

    def test_conditions_copies_and_metadata(self):
        self.storage("change_bucket", """
            blob = bucket.blob("a")
            blob.upload_from_string("one", if_generation_match=0)
            first = blob.generation
            raises(exceptions.PreconditionFailed,
                   lambda: bucket.blob("a").upload_from_string("x", if_generation_match=0))
            blob.upload_from_string("two", if_generation_match=first)
            assert blob.generation > first
            raises(exceptions.PreconditionFailed, lambda: blob.delete(if_generation_match=first))
            same(bucket.blob("a").download_as_text(), "two")
            same(bucket.copy_blob(blob, bucket, "copy of a").name, "copy of a")
            bucket.rename_blob(bucket.blob("copy of a"), "ren#1")
            bucket.blob("joined").compose([blob, bucket.blob("ren#1")])
            same(bucket.blob("joined").download_as_bytes(), b"twotwo")
            same(bucket.blob("rewritten").rewrite(blob), (None, 3, 3))
            same(sorted(one.name for one in bucket.list_blobs()), ["a", "joined", "ren#1", "rewritten"])
            blob.metadata, blob.cache_control, blob.content_type = {"k": "v"}, "no-store", "text/x"
            blob.patch()
            read = bucket.get_blob("a")
            same((read.metadata, read.cache_control, read.content_type, read.metageneration),
                 ({"k": "v"}, "no-store", "text/x", 2))
            same((read.generation, read.crc32c, read.md5_hash), (blob.generation, blob.crc32c, blob.md5_hash))
            bucket.delete(force=True)
            """)

    def test_errors_and_buckets(self):
        self.storage("errors_bucket", """
            same(client.project, "default")
            same([one.name for one in client.list_buckets() if one.name == bucket.name], [bucket.name])
            same((bucket.exists(), client.bucket("no_such_bucket").exists()), (True, False))
            raises(exceptions.Conflict, lambda: client.create_bucket(bucket.name), "already")
            raises(exceptions.NotFound, lambda: bucket.blob("none").download_as_bytes(), "No such object")
            raises(exceptions.NotFound, lambda: bucket.blob("none").delete(), "No such object")
            same(bucket.get_blob("none"), None)
            bucket.blob("x").upload_from_string("x")
            raises(exceptions.Conflict, bucket.delete, "not empty")
            bucket.reload()
            same((bucket.location, bucket.storage_class), ("US-CENTRAL1", "STANDARD"))
            bucket.delete(force=True)
            """)


class TensorFlowStorageTest(ScriptTest):
    python_and_reason = staticmethod(tensorflow_python)

    def test_files_checkpoints_records_and_models(self):
        self.engine.request("POST", "/storage/v1/b?project=default", {"name": "tf_bucket"})
        with ThreadPoolExecutor(max_workers=8) as pool:  # more than one page of a list
            statuses = set(pool.map(lambda i: self.engine.request(
                "POST", f"/upload/storage/v1/b/tf_bucket/o?uploadType=media&name=many/{i:04}", b"x")[0], range(1005)))
        self.assertEqual(statuses, {200})
        self.script("""
            import tensorflow as tf
            same(tf.__version__[:5], "2.19.")
            gfile, root = tf.io.gfile, "gs://tf_bucket"

            def write(name, data, mode="wb"):
                with gfile.GFile(f"{root}/{name}", mode) as file:
                    file.write(data)

            def read(name):
                with gfile.GFile(f"{root}/{name}", "rb") as file:
                    return file.read()

            names = ["a.txt", "d/sp ace.txt", "d/유니/é.txt", "d/h#a%+&.txt", "d/deep/er/z", "d/empty"]
            for name in names:
                data = b"" if name == "d/empty" else name.encode()
                write(name, data)
                same((read(name), gfile.stat(f"{root}/{name}").length), (data, len(data)))
            same(sorted(gfile.listdir(f"{root}/d")), ["deep/", "empty", "h#a%+&.txt", "sp ace.txt", "유니/"])
            same(gfile.glob(f"{root}/d/sp*"), [f"{root}/d/sp ace.txt"])
            same(sorted(gfile.listdir(f"{root}/")), ["a.txt", "d/", "many/"])
            same(len(gfile.listdir(f"{root}/many")), 1005)
            same((gfile.isdir(f"{root}/d"), gfile.isdir(f"{root}/no")), (True, False))
            same(gfile.exists(f"{root}/no"), False)
            raises(tf.errors.NotFoundError, lambda: read("no"))
            raises(tf.errors.NotFoundError, lambda: gfile.remove(f"{root}/no"))
            write("a.txt", b"+more", "ab")
            same(read("a.txt"), b"a.txt+more")
            write("a.txt", b"new")
            gfile.copy(f"{root}/a.txt", f"{root}/b c.txt")
            gfile.rename(f"{root}/b c.txt", f"{root}/e#.txt")
            same((read("e#.txt"), gfile.exists(f"{root}/b c.txt")), (b"new", False))
            gfile.rmtree(f"{root}/d")
            same(gfile.isdir(f"{root}/d"), False)

            big = os.urandom(17_000_000)  # more than a block of the plug-in's cache
            write("big", big)
            same(read("big") == big, True)
            with gfile.GFile(f"{root}/big", "rb") as file:
                file.seek(16_900_000)
                same(file.read(100), big[16_900_000:16_900_100])
                file.seek(5)
                same(file.read(10), big[5:15])

            value = tf.Variable(tf.range(100_000.0))
            manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=value), f"{root}/ck", max_to_keep=1)
            for _ in range(2):
                value.assign_add(tf.ones_like(value))
                manager.save()
            same(tf.train.latest_checkpoint(f"{root}/ck"), f"{root}/ck/ckpt-2")
            other = tf.Variable(tf.zeros([100_000]))
            tf.train.Checkpoint(v=other).restore(f"{root}/ck/ckpt-2").assert_consumed()
            same(bool(tf.reduce_all(other == value)), True)
            same(gfile.exists(f"{root}/ck/ckpt-1.index"), False)

            with tf.io.TFRecordWriter(f"{root}/r.tfrecord") as writer:
                for i in range(1000):
                    writer.write(b"%d" % i)
            same([int(one) for one in tf.data.TFRecordDataset(f"{root}/r.tfrecord").as_numpy_iterator()],
                 list(range(1000)))
            writer = tf.summary.create_file_writer(f"{root}/events")
            with writer.as_default():
                for step in range(3):
                    tf.summary.scalar("loss", 1.0, step=step)
                    writer.flush()
            writer.close()
            [events] = gfile.glob(f"{root}/events/*")
            same([event.step for event in tf.compat.v1.train.summary_iterator(events)], [0, 0, 1, 2])

            class Double(tf.Module):
                def __init__(self):
                    super().__init__()
                    self.factor = tf.Variable(2.0)

                @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
                def apply(self, x):
                    return x * self.factor

            tf.saved_model.save(Double(), f"{root}/model")
            loaded = tf.saved_model.load(f"{root}/model")
            same(loaded.apply(tf.constant(3.0)).numpy(), 6.0)
            """)


if __name__ == "__main__":
    unittest.main()
