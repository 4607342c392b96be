"""The Logging query language once more, plainly and slowly: what tests hold the engine's answers against.

It reads entries as the API gives them. It shares no code and no design with the engine: it asks every value of a field
and knows no bounds.
"""
import datetime
import ipaddress
import re
import urllib.parse

LEVELS = {"DEFAULT": 0, "DEBUG": 100, "INFO": 200, "NOTICE": 300, "WARNING": 400, "ERROR": 500, "CRITICAL": 600,
          "ALERT": 700, "EMERGENCY": 800, "WARN": 400, "FATAL": 600}
# Fields of Cloud Logging's entries that are never set here, with their kinds.
UNSET = {"trace": "text", "spanId": "text", "traceSampled": "bool", "httpRequest.requestMethod": "text",
         "httpRequest.requestUrl": "text", "httpRequest.status": "number", "httpRequest.latency": "duration",
         "operation.id": "text", "operation.first": "bool", "operation.last": "bool", "sourceLocation.file": "text",
         "sourceLocation.line": "number"}
FREE = ("jsonPayload", "labels", "resource.labels", "protoPayload", "metadata")
SCALARS = ("insertId", "logName", "timestamp", "receiveTimestamp", "severity", "textPayload", "resource.type")
MESSAGES = ("resource", "httpRequest", "operation", "sourceLocation", *FREE)


class Wrong(Exception):
    pass


def low(text):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def number(text):
    if low(text) in ("nan", "infinity", "+infinity", "-infinity"):
        return float(low(text).replace("infinity", "inf"))
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return float(text)
    return None


def moment(text):
    """Nanoseconds since 1970."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?", text)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    try:
        at = datetime.datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{zone}")
    except ValueError:
        return None
    seconds = (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    nanos = seconds * 10**9 + int((fraction or "").ljust(9, "0"))
    return max(-2**63, min(2**63 - 1, nanos))


def level(text):
    if text.upper() in LEVELS:
        return LEVELS[text.upper()]
    value = number(text)
    return int(value) if value is not None and 0 <= value <= 1000 and value == int(value) else None


def duration(text):
    for unit, seconds in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)):
        if text.endswith(unit) and number(text[:-len(unit)]) is not None:
            return number(text[:-len(unit)]) * seconds
    return None


# --- the tree: ("and", [..]) ("or", [..]) ("not", x) ("compare", path, op, value, quoted) ("global", value)
#     ("call", name, [(value, quoted, path)])

TOKEN = re.compile(r"""\s+ | --[^\n]*""", re.VERBOSE)


def unescape(text, regex):
    def one(match):
        body = match.group(1)
        if body in ('"', "'", "\\"):
            return body
        if body[0] == "u":
            return chr(int(body[1:], 16))
        if regex:
            return match.group(0)
        if body in "bfnrt":
            return dict(zip("bfnrt", "\b\f\n\r\t"))[body]
        return chr(int(body[1:], 16) if body[0] == "x" else int(body, 8))
    return re.sub(r"""\\(["'\\bfnrt]|u(?!d[89a-f])[0-9a-f]{4}|x[0-9a-f]{2}|[0-3][0-7]{2})""", one, text,
                  flags=re.IGNORECASE)


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def space(self):
        while match := TOKEN.match(self.text, self.at):
            self.at = match.end()

    def peek(self, pattern):
        self.space()
        return re.compile(pattern).match(self.text, self.at)

    def take(self, pattern):
        match = self.peek(pattern)
        if match:
            self.at = match.end()
        return match

    def need(self, pattern, what):
        match = self.take(pattern)
        if not match:
            raise Wrong(f"{what} at {self.at}")
        return match

    def whole(self):
        self.space()
        if self.at == len(self.text):
            return ("and", [])
        tree = self.conjunction(None)
        self.space()
        if self.at < len(self.text):
            raise Wrong(f"the end at {self.at}")
        return tree

    def conjunction(self, left):
        terms = [self.disjunction(left)]
        while True:
            if self.take(r"AND(?![\w.])"):
                terms.append(self.disjunction(left))
            elif self.peek(r"\)|,|OR(?![\w.])|$") or self.peek(r"[=!<>:]"):
                return ("and", terms)
            else:
                terms.append(self.disjunction(left))

    def disjunction(self, left):
        terms = [self.negation(left)]
        while self.take(r"OR(?![\w.])"):
            terms.append(self.negation(left))
        return ("or", terms)

    def negation(self, left):
        if self.take(r"NOT(?![\w.])") or (not (left and self.peek(r"-[\d.]")) and self.take(r"-(?=\S)")):
            return ("not", self.negation(left))
        if self.take(r"\("):
            tree = self.conjunction(left)
            self.need(r"\)", ")")
            return tree
        return self.value(left) if left else self.term()

    QUOTED = r'''"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)\''''

    def value(self, left):
        path, op = left
        regex = op in ("=~", "!~")
        if match := self.take("(?s:" + self.QUOTED + ")"):
            text = unescape(match.group(1) if match.group(1) is not None else match.group(2), regex)
            return self.compare(path, op, text, True)
        word = self.need(r'(?:(?!!=|!~)[^\s()",=<>\x00-\x1f])+', "a value").group(0)
        if word in ("AND", "OR", "NOT") or self.text[self.at:self.at + 1] == "(":
            raise Wrong(f"a value at {self.at}")
        return self.compare(path, op, word, False)

    def compare(self, path, op, text, quoted):
        name = canonical(path)
        checks = {"timestamp": moment, "receiveTimestamp": moment, "severity": level}
        kinds = {"number": number, "duration": duration, "bool": lambda t: None if low(t) not in ("true", "false") else 1}
        check = checks.get(name) or kinds.get(UNSET.get(name))
        if op in ("=~", "!~"):
            if check:
                raise Wrong("no text")
            try:
                re.compile(text)
            except re.error:
                raise Wrong("regular expression") from None
        elif name in MESSAGES and op != ":":
            raise Wrong("holds others")
        elif check and not (op == ":" and text == "*" and not quoted) and check(text) is None:
            raise Wrong("not a value of the field")
        return ("compare", path, op, text, quoted)

    def path(self):
        parts = []
        while True:
            if match := re.compile("(?s:" + self.QUOTED + ")").match(self.text, self.at):
                parts.append((unescape(match.group(1) if match.group(1) is not None else match.group(2), False), True))
            else:
                match = re.compile(r'(?:(?!!=|!~)[^\s()",=<>:.\x00-\x1f])*').match(self.text, self.at)
                parts.append((match.group(0), False))
            self.at = match.end()
            if self.text[self.at:self.at + 1] != ".":
                return parts
            self.at += 1

    def term(self):
        self.space()
        start = self.at
        parts = self.path()
        source = self.text[start:self.at]
        if not source or source in ("AND", "OR"):
            raise Wrong(f"a field at {start}")
        if self.text[self.at:self.at + 1] == "(" and not parts[-1][1]:
            return self.call(source)
        op = self.take(r"=~|!~|!=|<=|>=|[=<>:]")
        text = parts[0][0] if len(parts) == 1 and parts[0][1] else source
        if not op:
            return ("global", text)
        path = [p for p, _ in parts]
        if any(not p and not q for p, q in parts):
            raise Wrong("nothing between dots")
        canonical(path)
        left = (path, op.group(0))
        if self.take(r"\("):
            tree = self.conjunction(left)
            self.need(r"\)", ")")
            return tree
        return self.value(left)

    def call(self, name):
        self.need(r"\(", "(")
        arguments = []
        while not self.take(r"\)"):
            if arguments:
                self.need(",", ",")
            self.space()
            start = self.at
            parts = self.path()
            if self.at == start:
                raise Wrong("an argument")
            lone = len(parts) == 1 and parts[0][1]
            arguments.append((parts[0][0] if lone else self.text[start:self.at], [p for p, _ in parts]))
        name = low(name)
        counts = {"log_id": (1,), "search": (1, 2), "ip_in_net": (2,), "sample": (2,)}
        if name not in counts or len(arguments) not in counts[name]:
            raise Wrong(f"function {name}")
        if name in ("ip_in_net", "sample") or len(arguments) == 2:
            canonical(arguments[0][1])
        if name == "search" and not words(arguments[-1][0]):
            raise Wrong("no words")
        if name == "ip_in_net":
            try:
                ipaddress.ip_network(arguments[1][0], strict=False)
            except ValueError:
                raise Wrong("no network") from None
        if name == "sample" and not 0 <= (number(arguments[1][0]) if number(arguments[1][0]) is not None else -1) <= 1:
            raise Wrong("no fraction")
        return ("call", name, arguments)


def parse(text):
    return Reader(text).whole()


def canonical(path):
    """The dotted name of a field as the API writes it. Wrong when there is none."""
    def camel(part):
        return re.sub(r"(?<=.)_(.)", lambda m: m.group(1).upper(), part)
    one, two = camel(path[0]), ".".join(camel(p) for p in path[:2])
    known = (*SCALARS, *MESSAGES, *UNSET)
    if two in known and len(path) >= 2:
        if len(path) > 2 and two not in FREE:
            raise Wrong(f"no field {path}")
        return two if len(path) == 2 else two + ".*"
    if one in known:
        if len(path) > 1 and one not in FREE:
            raise Wrong(f"no field {path}")
        return one if len(path) == 1 else one + ".*"
    raise Wrong(f"no field {path}")


def below(value, path):
    """Every value at the path; lists are walked through."""
    if isinstance(value, list):
        return [leaf for one in value for leaf in below(one, path)]
    if not path:
        return [value]
    if isinstance(value, dict) and path[0] in value:
        return below(value[path[0]], path[1:])
    return []


def flat(value):
    if isinstance(value, (list, dict)):
        return [leaf for one in (value.values() if isinstance(value, dict) else value) for leaf in flat(one)]
    return [value]


def leaves(entry, path, keys=True):
    """[(kind, value)] of a field."""
    name = canonical(path)
    if name in ("timestamp", "receiveTimestamp"):
        return [("moment", moment(entry["timestamp"]))]
    if name == "severity":
        return [("level", LEVELS[entry["severity"]])]
    if name == "logName":
        return [("log", entry["logName"])]
    if name == "insertId":
        return [("text", entry["insertId"])]
    if name == "textPayload":
        return [("text", entry.get("textPayload", ""))]
    if name in ("resource", "resource.type"):
        kinds = [("type", entry["resource"]["type"])]
        return kinds + (leaves(entry, ["resource", "labels"], False) if name == "resource" else [])
    if name in UNSET:
        return [{"text": ("text", ""), "number": ("number", 0.0), "duration": ("duration", 0.0), "bool": ("bool", False)}[UNSET[name]]]
    for root in ("resource.labels", "labels"):
        if name.startswith(root):
            labels = entry["resource"]["labels"] if root[0] == "r" else entry["labels"]
            given = path[root.count(".") + 1:]
            prefix = "ml.googleapis.com/"
            out = []
            for key, value in labels.items():
                kind = "id" if key.endswith("job_id") else "text"
                wanted = ".".join(given)
                if not given:
                    out += [(kind, value)] + ([("text", key)] if keys else [])
                elif wanted in (key, key.removeprefix(prefix)):
                    out.append((kind, value))
            return out
    if name.startswith("jsonPayload"):
        found = below(entry.get("jsonPayload"), path[1:]) if "jsonPayload" in entry else []
        return [kinded(leaf) for value in found for leaf in flat(value) if leaf is not None]
    return []


def kinded(value):
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, (int, float)):
        return ("number", float(value))
    return ("text", value)


def order(left, op, right):
    return {"=": left == right, ":": left == right, "!=": left != right, "<": left < right, "<=": left <= right,
            ">": left > right, ">=": left >= right}.get(op, False)


def holds(leaf, op, text):
    kind, value = leaf
    if kind in ("text", "id", "log", "type"):
        if op in ("=~", "!~"):
            return (re.search(text, value) is not None) == (op == "=~")
        if kind == "log":
            value, text = urllib.parse.unquote(value), urllib.parse.unquote(text)
        if kind == "type" and low(text) == "cloudml_job":
            text = "ml_job"
        if op == ":":
            return low(text) in low(value)
        if kind == "id":
            return order(value.encode(), op, text.encode())
        return order(low(value).encode(), op, low(text).encode())
    if kind == "bool":
        return low(text) in ("true", "false") and op in ("=", "!=", ":") and order(value, op, low(text) == "true")
    right = {"moment": moment, "level": level, "number": number, "duration": duration}[kind](text)
    return right is not None and order(value, op, right)


def everything(entry):
    out = []
    for path in (["textPayload"], ["jsonPayload"], ["insertId"], ["logName"], ["timestamp"], ["severity"]):
        if path != ["textPayload"] or "textPayload" in entry:
            out += leaves(entry, path)
    return out + leaves(entry, ["resource"]) + leaves(entry, ["labels"], False)


def exists(entry, path):
    name = canonical(path)
    if name in UNSET or name.split(".")[0] in ("protoPayload", "metadata", "httpRequest", "operation", "sourceLocation"):
        return False
    if name == "textPayload":
        return entry.get("textPayload", "") != ""
    if name == "severity":
        return entry["severity"] != "DEFAULT"
    if name.startswith("jsonPayload"):
        def there(value, rest):
            if isinstance(value, list) and rest:
                return any(there(one, rest) for one in value)
            if not rest:
                return value is not None
            return isinstance(value, dict) and rest[0] in value and there(value[rest[0]], rest[1:])
        return there(entry.get("jsonPayload"), path[1:])
    return bool(leaves(entry, path))


def words(text):
    return [low(word) for word in re.findall(r"[0-9A-Za-z\u0080-\U0010ffff]+", text)]


def phrases(text):
    out = []
    for number_, piece in enumerate(text.split("`")):
        out += [words(piece)] if number_ % 2 else [[word] for word in words(piece)]
    return [phrase for phrase in out if phrase]


def has_phrase(text, phrase):
    there = words(text)
    return any(there[i:i + len(phrase)] == phrase for i in range(len(there) - len(phrase) + 1))


def call(entry, name, arguments):
    if name == "log_id":
        log = urllib.parse.unquote(entry["logName"]).split("/logs/", 1)[1]
        return low(log) == low(urllib.parse.unquote(arguments[0][0]))
    if name == "search":
        among = leaves(entry, arguments[0][1]) if len(arguments) == 2 else everything(entry)
        texts = [urllib.parse.unquote(v) if kind == "log" else v for kind, v in among
                 if kind in ("text", "id", "log", "type")]
        return all(any(has_phrase(text, phrase) for text in texts) for phrase in phrases(arguments[-1][0]))
    if name == "ip_in_net":
        def inside(text):
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                return False
            network = ipaddress.ip_network(arguments[1][0], strict=False)
            return address.version == network.version and address in network
        return any(kind == "text" and inside(value) for kind, value in leaves(entry, arguments[0][1]))
    fraction = number(arguments[1][0])
    if fraction in (0, 1):
        return fraction == 1 and bool(leaves(entry, arguments[0][1]))
    raise NotImplementedError("which ones a sample takes is the engine's own matter")


def passes(tree, entry):
    kind = tree[0]
    if kind == "and":
        return all(passes(child, entry) for child in tree[1])
    if kind == "or":
        return any(passes(child, entry) for child in tree[1])
    if kind == "not":
        return not passes(tree[1], entry)
    if kind == "global":
        return any(holds(leaf, ":", tree[1]) for leaf in everything(entry))
    if kind == "call":
        return call(entry, tree[1], tree[2])
    _, path, op, text, quoted = tree
    if op == ":" and text == "*" and not quoted:
        return exists(entry, path)
    if op != ":" and canonical(path).startswith("jsonPayload"):
        return any(holds(leaf, op, text) for leaf in plain_leaves(entry, path))
    return any(holds(leaf, op, text) for leaf in leaves(entry, path))


def plain_leaves(entry, path):
    """Of the payload, but not from within an object: only ":" looks into those."""
    found = below(entry["jsonPayload"], path[1:]) if "jsonPayload" in entry else []
    return [kinded(value) for value in found if value is not None and not isinstance(value, dict)]
