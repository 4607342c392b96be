"""Where the clips lie. A source lists them and reads many at once; all places may be gs://.

    FolderSource    data_dir/<word>/<name>.wav
    ArchiveSource   data_dir/<anything>.tar.gz with <word>/<name>.wav in it
"""

import concurrent.futures
import os
import shutil
import tarfile
import tempfile

import tensorflow as tf

from speech_commands.errors import Refusal
from speech_commands.split import BACKGROUND_NOISE

_READERS = 16  # reading is mostly waiting, on gs:// above all
_COPY_BYTES = 16 << 20


class Index:
    """`words`: {lower-case word: [path]}; `noise`: [path]. A path means something to its source only."""

    def __init__(self):
        self.words, self.noise = {}, []

    def add(self, folder, path):
        if folder == BACKGROUND_NOISE:
            self.noise.append(path)
        elif not folder.startswith("_"):
            self.words.setdefault(folder.lower(), []).append(path)


class FolderSource:
    archive = None

    def __init__(self, data_dir, folders):
        self._data_dir, self._folders = data_dir, folders

    def index(self):
        index = Index()
        with concurrent.futures.ThreadPoolExecutor(_READERS) as pool:
            for folder, names in zip(self._folders, pool.map(self._wavs_in, self._folders)):
                for name in sorted(names):
                    index.add(folder, "%s/%s/%s" % (self._data_dir, folder, name))
        return index

    def read(self, paths):
        """Yields (path, bytes) in the order of `paths`."""
        with concurrent.futures.ThreadPoolExecutor(_READERS) as pool:
            yield from zip(paths, pool.map(_bytes_of, paths))

    def places(self, paths):
        """Where another replica finds `paths`: file names."""
        return [path if "://" in path else os.path.abspath(path) for path in paths]

    def close(self):
        pass

    def _wavs_in(self, folder):
        try:
            names = tf.io.gfile.listdir(self._data_dir + "/" + folder)
        except tf.errors.OpError:  # a plain file
            return []
        return [name for name in names if name.lower().endswith(".wav")]


class ArchiveSource:
    """Reads the archive from front to end, once to list and once to read: a gz file cannot be read elsewise."""

    def __init__(self, path):
        self.path, self._places = path, {}
        self.archive = path if "://" in path else os.path.abspath(path)
        if "://" in path:
            self._file = tempfile.TemporaryFile()
            with tf.io.gfile.GFile(path, "rb") as remote:
                shutil.copyfileobj(remote, self._file, _COPY_BYTES)
        else:
            self._file = open(path, "rb")

    def index(self):
        index = Index()
        for entry, _ in self._entries():
            parts = entry.name.split("/")
            if entry.isfile() and len(parts) > 1 and parts[-1].lower().endswith(".wav"):
                index.add(parts[-2], entry.name)
                self._places[entry.name] = (entry.offset_data, entry.size)
        return index

    def read(self, paths):
        """Yields (path, bytes) in the order of the archive."""
        wanted = set(paths)
        for entry, archive in self._entries():
            if entry.name in wanted:
                yield entry.name, archive.extractfile(entry).read()

    def places(self, paths):
        """Where another replica finds `paths`: (offset, size) in the unpacked archive, in bytes. After index()."""
        return [self._places[path] for path in paths]

    def close(self):
        self._file.close()

    def _entries(self):
        self._file.seek(0)
        try:
            with tarfile.open(fileobj=self._file, mode="r|gz", bufsize=1 << 20) as archive:
                for entry in archive:
                    yield entry, archive
        except (tarfile.TarError, EOFError, OSError) as error:
            raise Refusal("%s is damaged (%s): remove it and fetch or make the set again." % (self.path, error))


def find(data_dir):
    """The source of the clips in `data_dir`, or None where there are none."""
    data_dir = data_dir.rstrip("/")
    try:
        names = [name.rstrip("/") for name in tf.io.gfile.listdir(data_dir)]
    except tf.errors.NotFoundError:
        return None
    except tf.errors.OpError as error:
        raise Refusal("Cannot list --data_dir %s: %s." % (data_dir, error.message or error))
    folders = sorted(name for name in names if name and "." not in name)
    source = FolderSource(data_dir, folders)
    if folders and source.index().words:
        return source
    archives = sorted(name for name in names if name.endswith((".tar.gz", ".tgz")))
    if len(archives) > 1:
        raise Refusal("--data_dir %s holds no folders of clips and %d archives: leave one." % (data_dir, len(archives)))
    return ArchiveSource(data_dir + "/" + archives[0]) if archives else None


def _bytes_of(path):
    if "://" not in path:
        with open(path, "rb") as clip:
            return clip.read()
    return tf.io.read_file(path).numpy()  # one request where a GFile makes four
