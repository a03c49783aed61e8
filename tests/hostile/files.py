"""Files that students hand in and that are no notebooks, or too much of one: the name of each, what it does to a
folder, and what becomes of it: the tasks' statuses, or ASIDE where it is not marked and that is said."""

import json
import os
import zipfile
from io import BytesIO

from samples import ALL, IMPORTS, LOSS, RIGHT, SIGMOID, STEP, notebook

ASIDE = None
NAME = "ex51-small.ipynb"
UNREADABLE = dict.fromkeys(ALL, "error")
PERHAPS = dict.fromkeys(ALL, "right|missing|error")  # as much as can be saved
MISSING = dict.fromkeys(ALL, "missing")
GOOD = notebook(*RIGHT)


def holds(content):
    """A file with this content, as text or as bytes."""
    data = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / NAME).write_bytes(data)


def raw(cells="[]", rest=""):
    """A notebook's text with these cells."""
    return f'{{"cells": {cells}, "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5{rest}}}'


def with_cells(*cells):
    """The right notebook, and these odd cells before it."""
    document = json.loads(GOOD)
    document["cells"] = [*cells, *document["cells"]]
    return json.dumps(document)


def sparse(size):
    """A file of zeros that takes no room."""

    def make(folder):
        with (folder / NAME).open("wb") as file:
            file.truncate(size)

    return make


def link(to):
    """A symbolic link in the place of the notebook."""
    return lambda folder: (folder / NAME).symlink_to(to)


def beside(name, content=GOOD):
    """A right notebook, and a file of another name beside it."""

    def make(folder):
        (folder / NAME).write_text(GOOD)
        os.utime(folder / NAME, (2e9, 2e9))
        path = os.fsencode(folder) + b"/" + (name if isinstance(name, bytes) else os.fsencode(name))
        with open(path, "w") as file:
            file.write(content)

    return make


def looped(folder):
    """Folders that lead back to themselves."""
    (folder / NAME).write_text(GOOD)
    (folder / "again").symlink_to(folder)
    (folder / "up").symlink_to("..")


def deep(folder):
    """Folders in folders, as deep as a path can be."""
    (folder / NAME).write_text(GOOD)
    os.makedirs(folder / "/".join("d" * 200 for _ in range(15)))


# How a notebook's file can be broken, or be no notebook.
BROKEN = {
    "empty": (holds(b""), UNREADABLE),
    "white": (holds(b" \n\t\r\n" * 100), UNREADABLE),
    "cut-off": (holds(GOOD[: len(GOOD) // 2]), PERHAPS),
    "not-json": (holds("{ this is no notebook"), UNREADABLE),
    "zeros": (holds(bytes(5000)), UNREADABLE),
    "noise": (holds(bytes(i * i % 251 for i in range(5000))), UNREADABLE),
    "utf-16": (holds(GOOD.encode("utf-16")), PERHAPS),
    "latin-1": (holds(notebook("# é", *RIGHT).replace("\\u00e9", "é").encode("latin-1")), PERHAPS),
    "with-a-mark": (holds(b"\xef\xbb\xbf" + GOOD.encode()), {}),
    "a-page": (holds("<!doctype html><script>alert(1)</script>"), UNREADABLE),
    "a-program": (holds(b"\x7fELF" + bytes(100)), UNREADABLE),
    "a-zip": (holds(b"PK\x03\x04" + bytes(100)), UNREADABLE),
    "a-pickle": (holds(b"cos\n_exit\n(I3\ntR."), UNREADABLE),
    "conflicts": (holds(f"<<<<<<< HEAD\n{GOOD}\n=======\n{GOOD}\n>>>>>>> theirs\n"), PERHAPS),
    "abyss": (holds("[" * 200_000), UNREADABLE),
    "abyss-in-a-notebook": (holds(raw(rest=', "x": ' + "[" * 100_000 + "]" * 100_000)), UNREADABLE),
    "a-number": (holds("1e999"), UNREADABLE),
    "a-long-number": (holds("9" * 100_000), UNREADABLE),
    "a-list": (holds("[1, 2]"), UNREADABLE),
    "no-cells": (holds("{}"), UNREADABLE),
    "cells-of-a-kind": (holds(raw('{"a": 1}')), UNREADABLE),
    "cells-of-numbers": (holds(raw("[1, null, [], NaN, Infinity]")), MISSING),
    "cells-twice": (holds(raw("[]")[:-1] + f', "cells": {json.dumps(json.loads(GOOD)["cells"])}}}'), {}),
    "of-the-future": (holds(GOOD.replace('"nbformat": 4', '"nbformat": 99')), {}),
    "worksheets": (holds('{"nbformat": 3, "worksheets": [1, {"cells": 2}, {"cells": [3, {"input": [4]}]}]}'), MISSING),
    "odd-cells": (
        holds(
            with_cells(
                {"cell_type": "code", "source": {"a": 1}},
                {"cell_type": 7, "source": [1, None, "x = 1\n"], "metadata": [], "id": {}},
                {"cell_type": "code", "source": "y = 1", "metadata": {"tags": {"bplab-demo": 1}, "nbgrader": "yes"}},
                {"cell_type": "code", "source": "z = 1", "metadata": {"nbgrader": {"grade_id": ["sigmoid"]}}},
                {"cell_type": "<script>alert(1)</script>", "source": "u = 1", "id": "../../../etc/passwd"},
                {},
            )
        ),
        {},
    ),
    "evil-ids": (
        holds(notebook(IMPORTS, *({"source": s, "id": "<b>=1+1\u202e" * 50} for s in (SIGMOID, LOSS, STEP)))),
        {},
    ),
}

# Too much of it.
LARGE = {
    "many-cells": (holds(notebook(*["1"] * 2001)), UNREADABLE),
    "a-long-cell": (holds(notebook("x = 1\n" * 500_000, *RIGHT)), {}),
    "a-long-line": (holds(notebook("x = " + "+".join("1" * 90_000), *RIGHT)), {}),
    "a-deep-cell": (holds(notebook("x = " + "(" * 90_000 + ")" * 90_000, "-" * 150_000 + "1", *RIGHT)), {}),
    "much-output": (holds(notebook({"source": "1", "outputs": [{"text": "x" * (20 << 20)}]}, *RIGHT)), {}),
    "much-metadata": (holds(notebook(*RIGHT, metadata={str(i): "\u202e" for i in range(100_000)})), {}),
    "huge": (sparse((100 << 20) + 1), UNREADABLE),
}

# What is no file, or leads elsewhere.
ODD_FILES = {
    "a-folder": (lambda folder: (folder / NAME).mkdir(), ASIDE),
    "a-link": (link("../../place/answers.py"), ASIDE),
    "a-link-to-nothing": (link("nothing"), ASIDE),
    "a-link-to-itself": (link(NAME), ASIDE),
    "a-link-to-a-device": (link("/dev/zero"), ASIDE),
    "a-queue": (lambda folder: os.mkfifo(folder / NAME), ASIDE),
    "loops": (looped, {}),
    "depths": (deep, {}),
    "a-dot-file": (lambda folder: (folder / "._ex51-small.ipynb").write_bytes(b"\0"), ASIDE),
}

# Names are looked at, never used. Each of these is an older file beside the right one.
NAMES = {
    f"name-{number}": (beside(name), {})
    for number, name in enumerate(
        [
            b"ex51-small-\xff\xfe.ipynb",
            "ex51-small\n=1+1.ipynb",
            "ex51-small\u202egnp.ipynb",
            "<script>alert(1)</script>ex51-small.ipynb".replace("/", "\u2215"),
            "=HYPERLINK(1) ex51-small.ipynb",
            "-rf ex51-small.ipynb",
            "~ ex51-small.ipynb",
            "$(touch mine) ex51-small.ipynb",
            "{{ 7 * 7 }} ex51-small.ipynb",
            "%s%n ex51-small.ipynb",
            "\x1b[2J\x1b]0;x\x07ex51-small.ipynb",
            "..\\..\\ex51-small.ipynb",
            "x" * 230 + "ex51-small.ipynb",
            "con.ex51-small.ipynb",
        ]
    )
}

FILES = BROKEN | LARGE | ODD_FILES | NAMES

# A student's own name.
STUDENTS = [
    "=cmd|' C'!A0",
    "-rf",
    "..b",
    "<img src=x onerror=alert(1)>",
    "a\nb",
    "a\u202eb",
    "\x1b[2J",
    "x" * 255,
    "ﬀ\ud7ff",
]


def zipped(*members, **options):
    """A zip with a right notebook of `good` and these members, (name, content)."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in (("good/" + NAME, GOOD), *members):
            archive.writestr(name, content)
    return buffer.getvalue()


def symbolic_link():
    """A member that a careless program would make a link of."""
    member = zipfile.ZipInfo("linked/" + NAME)
    member.create_system, member.external_attr = 3, 0o120777 << 16
    return zipped((member, "/etc/passwd"))


def altered(at, value):
    """The second member says something else about itself, in both of the zip's lists.

    From byte 6 on these say: flags, method, time, date (two bytes each), sum, packed size, size (four bytes each).
    """
    data = bytearray(zipped(("odd/" + NAME, GOOD)))
    for signature, place in ((b"PK\x03\x04", at), (b"PK\x01\x02", at + 2)):
        start = data.index(signature, data.index(signature) + 1)
        data[start + place : start + place + len(value)] = value
    return bytes(data)


# A zip: its bytes, and the students of whom something is marked, with the statuses; None where it cannot be read.
ZIPS = {
    "slips": (
        zipped(
            ("../mine.ipynb", GOOD), ("/tmp/mine.ipynb", GOOD), ("a/../../mine.ipynb", GOOD), ("C:/mine.ipynb", GOOD)
        ),
        {"good": {}},
    ),
    "backslashes": (zipped(("..\\..\\mine.ipynb", GOOD), ("bob\\" + NAME, GOOD)), {"good": {}, "bob": {}}),
    "a-bomb": (zipped(("bomb/" + NAME, bytes(150 << 20))), {"good": {}, "bomb": UNREADABLE}),
    "a-zip-in-it": (zipped(("bob/" + NAME, zipped())), {"good": {}, "bob": UNREADABLE}),
    "a-link": (symbolic_link(), {"good": {}, "linked": UNREADABLE}),
    "names-twice": (
        zipped(("bob/" + NAME, "{"), ("bab/" + NAME, GOOD)).replace(b"bab/", b"bob/"),
        {"good": {}, "bob": {}},
    ),
    "a-wrong-sum": (altered(14, b"sum!"), {"good": {}, "odd": UNREADABLE}),
    "a-wrong-size": (altered(22, b"\xff\xff\xff\x7f"), {"good": {}, "odd": PERHAPS}),
    "encrypted": (altered(6, b"\1\0"), {"good": {}, "odd": UNREADABLE}),
    "an-unknown-method": (altered(8, b"\x63\0"), {"good": {}, "odd": UNREADABLE}),
    "too-many": (zipped(*((f"{i}.txt", "") for i in range(20_001))), None),
    "cut-off": (zipped()[:-30], None),
    "not-a-zip": (b"PK\x05\x06", None),
    "evil-names": (
        zipped(("<b>=1+1\u202e\x1b[2J\n/" + NAME, GOOD), ("bob/\x00" + NAME, GOOD)),
        {"good": {}, "<b>=1+1": {}},
    ),
}
