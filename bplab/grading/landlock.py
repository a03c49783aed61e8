"""Landlock: the kernel holds a process to what it may do with files, TCP, abstract sockets and signals.

Needs no privilege, and Linux 5.13 or newer; each version of its ABI (`man landlock`) knows more rights. Loaded by path,
without bplab.
"""

import os
import stat
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from struct import pack

from bplab.grading import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, PATH_BENEATH = 1, 1
NEWEST = 7

# How many rights over files each version knows, in the order of their bits: 2 knows refer, 3 truncate, 5 ioctl.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
TCP_FROM, BIND_AND_CONNECT = 4, 0b11
SCOPES_FROM, ABSTRACT_SOCKETS_AND_SIGNALS = 6, 0b11
LOG_FROM, LOG_OFF = 7, 1


def abi() -> int:
    """The version of Landlock that this kernel offers, of those known here; 0 where it offers none."""
    try:
        return min(kernel.syscall(CREATE_RULESET, None, 0, VERSION), NEWEST)
    except OSError:
        return 0


def ruleset(version: int, numpy_home: str, homes: str) -> int:
    """A descriptor of the rules: read NumPy, the standard library and the empty homes; no network, no signals out.

    Raises
    ------
    OSError
        If the kernel offers no Landlock.
    """
    files = (1 << FILE_RIGHTS[version]) - 1
    network = BIND_AND_CONNECT if version >= TCP_FROM else 0
    scopes = ABSTRACT_SOCKETS_AND_SIGNALS if version >= SCOPES_FROM else 0
    attributes = pack("=QQQ", files, network, scopes)
    rules = kernel.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    for path in (homes, *readable(numpy_home)):
        _allow(rules, path, READ_FILE | READ_DIR)
    _allow(rules, os.devnull, READ_FILE | WRITE_FILE)
    return rules


def restrict(rules: int, version: int) -> None:
    """Hold this process to the rules, for good; it has to have no_new_privs."""
    kernel.syscall(RESTRICT_SELF, rules, LOG_OFF if version >= LOG_FROM else 0)


def readable(numpy_home: str) -> Iterator[str]:
    """NumPy and the standard library, entry by entry, for the packages that lie in it are not part of it."""
    yield from (os.path.join(numpy_home, name) for name in ("numpy", "numpy.libs"))
    for folder in filter(os.path.isdir, {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}):
        for entry in Path(folder).iterdir():
            if entry.name not in ("site-packages", "dist-packages"):
                yield str(entry)


def _allow(rules: int, path: str, rights: int) -> None:
    """Allow what is possible with the file, or in the folder."""
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(beneath).st_mode):
        rights &= ~READ_DIR
    kernel.syscall(ADD_RULE, rules, PATH_BENEATH, pack("=Qi", rights, beneath), 0)
    os.close(beneath)
