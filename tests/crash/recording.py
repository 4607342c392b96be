"""A recording of every change that the programs ask of the disk, taken by strace from unchanged programs, and a model of
the strictest disk that POSIX allows: nothing survives a power cut but what was synced: the bytes of a file by a sync of
that file, a name by a sync of its folder."""
import re
from pathlib import Path

CALLS = ("open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,write,pwrite64,writev,fsync,"
         "fdatasync,ftruncate,link,linkat,copy_file_range,fsetxattr,sendmsg,sendto,execve")
STRACE = ["strace", "-f", "-qqq", "-y", "-xx", "-s", "16777216", "-e", f"trace={CALLS}", "-e", "signal=none"]

STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
FD = re.compile(r"^(-?\w+)<(.*?)>(?:\(deleted\))?$")


def text_of(word):
    """The bytes of a string that strace printed in hexadecimal."""
    return bytes.fromhex("".join(STRING.findall(word)).replace("\\x", ""))


def plain(path):
    """strace -xx prints paths of descriptors in hexadecimal too."""
    if "\\x" in path:
        return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda m: bytes.fromhex(m[0].replace("\\x", "")).decode(errors="replace"), path)
    return path


def split_words(text):
    """The arguments of a call; commas inside strings, brackets and descriptors do not part them."""
    words, depth, start, quoted = [], 0, 0, False
    for i, c in enumerate(text):
        if c == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif c in "[{(<":
            depth += 1
        elif c in "]})>":
            depth -= 1
        elif c == "," and depth == 0:
            words.append(text[start:i].strip())
            start = i + 1
    words.append(text[start:].strip())
    return words


class Call:
    __slots__ = ("pid", "name", "words", "result", "begun")

    def __init__(self, pid, name, words, result, begun):
        self.pid, self.name, self.words, self.result, self.begun = pid, name, words, result, begun


def read_calls(path):
    """The calls that did something, in the order of their ends; `begun` is the index of the call before the beginning."""
    calls = []
    open_calls = {}
    line_form = re.compile(r"^(\d+) +(.*)$")
    for line in Path(path).read_text(errors="replace").splitlines():
        found = line_form.match(line)
        if not found:
            continue
        pid, rest = found[1], found[2]
        if rest.endswith("<unfinished ...>"):
            open_calls[pid] = (rest[:-len("<unfinished ...>")], len(calls))
            continue
        begun = len(calls)
        resumed = re.match(r"^<\.\.\. (\w+) resumed>(.*)$", rest)
        if resumed:
            if pid not in open_calls:
                continue
            head, begun = open_calls.pop(pid)
            rest = head + resumed[2]
        parsed = re.match(r"^(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)$", rest, re.S)
        if not parsed or parsed[3].startswith("-") or parsed[3] == "?":
            continue
        calls.append(Call(pid, parsed[1], split_words(parsed[2]), parsed[3] + parsed[4], begun))
    return calls


class File:
    def __init__(self, data=b"", attributes=None):
        self.data = bytearray(data)
        self.kept = bytes(data)  # what a power cut leaves
        self.attributes = dict(attributes or {})
        self.kept_attributes = dict(self.attributes)

    def sync(self):
        self.kept = bytes(self.data)
        self.kept_attributes = dict(self.attributes)


class Folder:
    def __init__(self):
        self.names = {}
        self.kept = {}

    def sync(self):
        self.kept = dict(self.names)


def folder_from(path):
    """The model of a folder as it lies on the disk, all of it kept."""
    import os
    model = Folder()
    for entry in os.scandir(path):
        if entry.is_dir(follow_symlinks=False):
            model.names[entry.name] = folder_from(entry.path)
        elif entry.is_file(follow_symlinks=False):
            attributes = {name: os.getxattr(entry.path, name) for name in os.listxattr(entry.path)}
            model.names[entry.name] = File(Path(entry.path).read_bytes(), attributes)
    model.sync()
    return model


def file_class(path):
    """As base/crash_point.h names files."""
    if "/buckets/" in path:
        return "object"
    name = path.rsplit("/", 1)[1].split(".tmp-")[0]
    name = re.sub(r"^[0-9a-f-]{16,}", "hash", name)
    return re.sub(r"\d+", "N", name)


class Disk:
    """The data folder at one moment. `without`: classes of syncs that are not done ("fsync status-N.json")."""

    def __init__(self, root, start, without=()):
        self.root = str(root)
        self.top = folder_from(start)
        self.without = without
        self.syncs = {}  # class met -> after how many calls
        self.applied = 0

    def place(self, path):
        """(folder, name) of a path under the root, or None."""
        if not path.startswith(self.root + "/"):
            return None
        at = self.top
        parts = path[len(self.root) + 1:].split("/")
        for part in parts[:-1]:
            at = at.names.get(part)
            if not isinstance(at, Folder):
                return None
        return at, parts[-1]

    def node(self, path):
        if path == self.root:
            return self.top
        place = self.place(path)
        return place[0].names.get(place[1]) if place else None

    @staticmethod
    def path_at(words, at):
        """The path of an ...at call: a folder's descriptor and a name, or a whole path."""
        name = text_of(words[at + 1]).decode(errors="replace")
        if name.startswith("/"):
            return name
        base = FD.match(words[at])
        return plain(base[2]) + "/" + name if base else name

    @staticmethod
    def path_of(word):
        found = FD.match(word)
        return plain(found[2]) if found else ""

    def apply(self, call):
        """Does what the call did; whether it was about this folder."""
        self.applied += 1
        words, name = call.words, call.name
        if name in ("open", "openat", "creat"):
            path = self.path_at(words, 0) if name == "openat" else text_of(words[0]).decode(errors="replace")
            flags = words[2] if name == "openat" else words[1] if name == "open" else "O_CREAT|O_TRUNC"
            place = self.place(path)
            if place is None:
                return False
            there = place[0].names.get(place[1])
            if there is None and "O_CREAT" in flags:
                place[0].names[place[1]] = File()
            elif isinstance(there, File) and "O_TRUNC" in flags:
                del there.data[:]
        elif name in ("mkdir", "mkdirat"):
            place = self.place(self.path_at(words, 0) if name == "mkdirat" else text_of(words[0]).decode())
            if not place:
                return False
            place[0].names[place[1]] = Folder()
        elif name in ("rename", "renameat", "renameat2"):
            if name == "rename":
                one, other = text_of(words[0]).decode(), text_of(words[1]).decode()
            else:
                one, other = self.path_at(words, 0), self.path_at(words, 2)
            place, target = self.place(one), self.place(other)
            if not place or not target or place[1] not in place[0].names:
                return False
            target[0].names[target[1]] = place[0].names.pop(place[1])
        elif name in ("unlink", "rmdir", "unlinkat"):
            place = self.place(self.path_at(words, 0) if name == "unlinkat" else text_of(words[0]).decode())
            if not place:
                return False
            place[0].names.pop(place[1], None)
        elif name in ("link", "linkat"):
            one = self.path_at(words, 0) if name == "linkat" else text_of(words[0]).decode()
            other = self.path_at(words, 2) if name == "linkat" else text_of(words[1]).decode()
            node, target = self.node(one), self.place(other)
            if node is None or not target:
                return False
            target[0].names[target[1]] = node
        elif name in ("fsync", "fdatasync"):
            path = self.path_of(words[0])
            node = self.node(path)
            if node is None:
                return False
            kind = f"{'folder' if isinstance(node, Folder) else 'file'} {file_class(path) if path != self.root else 'data'}"
            self.syncs.setdefault(kind, []).append(self.applied)
            if kind not in self.without:
                node.sync()
        elif name in ("write", "pwrite64", "writev", "ftruncate", "fsetxattr"):
            node = self.node(self.path_of(words[0]))
            if not isinstance(node, File):
                return False
            self.change(node, name, words, call.result)
        else:
            return False
        return True

    @staticmethod
    def change(node, name, words, result):
        count = int(re.match(r"\d+", result)[0])
        if name == "ftruncate":
            size = int(words[1])
            del node.data[size:]
            node.data.extend(b"\0" * (size - len(node.data)))
        elif name == "fsetxattr":
            node.attributes[text_of(words[1]).decode()] = text_of(words[2])
        elif name == "pwrite64":
            at = int(words[3])
            node.data.extend(b"\0" * max(0, at - len(node.data)))
            node.data[at:at + count] = text_of(words[1])[:count]
        else:
            node.data.extend(text_of(words[1])[:count])  # all our writers append, or begin at the beginning

    def write_out(self, folder, survives, at=None):
        """Makes what is left after a power cut. `survives(node)` tells whether what was not synced got to the disk all
        the same."""
        import os
        at = at or self.top
        os.mkdir(folder, 0o700)
        for name, node in (at.names if survives(at) else at.kept).items():
            path = f"{folder}/{name}"
            if isinstance(node, Folder):
                self.write_out(path, survives, node)
                continue
            late = survives(node)
            Path(path).write_bytes(bytes(node.data) if late else node.kept)
            os.chmod(path, 0o600)
            for key, value in (node.attributes if late else node.kept_attributes).items():
                os.setxattr(path, key, value)
