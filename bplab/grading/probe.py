"""What holds a submission: at the start a child of the sandbox attacks each layer, and counts are kept."""

import contextlib
import os
import platform
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bplab.grading import landlock
from bplab.grading.sandbox import HERE, QUESTIONS, Sandbox, StoppedError
from bplab.grading.submissions import GradingError

ATTACKS = HERE / "attacks.py"
SECONDS = 60.0

# What it means that a layer is not there; where each submission has a user id of its own, and where it has not.
MEANING = {
    "process": "A submission can look for the right answers in the grader's memory.",
    "limits": "A submission can take all the memory, disk and processes of this machine.",
    "files": "A submission can read {files}, bplab with its answers among them.",
    "network": "A submission can use the network.",
    "signals": "A submission can end your other programs.",
}
WAY_OUT = (
    "Mark notebooks of strangers on Linux 5.13 or newer, with Landlock, or in a container that holds nothing else."
)


def isolation(sandbox: Sandbox) -> tuple[str, str]:
    """One line that says which layers hold, and what that means for the teacher; nothing if all of them do.

    Raises
    ------
    GradingError
        If nothing can be run in the sandbox.
    """
    seen = probe(sandbox)
    layers = {layer: "no" if succeeded else "yes" for layer, succeeded in seen.items()}
    if layers["files"] == "yes":
        version = 0 if "landlock" in sandbox.without else landlock.abi()
        layers["files"] += f" (Landlock {version})" if version else " (seccomp)"
    line = "isolation: " + ", ".join(f"{layer} {holds}" for layer, holds in layers.items())
    meaning = [MEANING[layer] for layer, succeeded in seen.items() if succeeded]
    if meaning:
        own_user = os.geteuid() == 0 and "uid" not in sandbox.without
        files = "what every user of this machine can read" if own_user else "and change your files"
        meaning = [sentence.format(files=files) for sentence in meaning] + [WAY_OUT]
    if platform.system() != "Linux":
        system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
        line += f"; untested on {system}"
        meaning += [f"The sandbox was made for Linux; on {system} nobody has tested that it holds."]
    return line, " ".join(meaning)


def probe(sandbox: Sandbox) -> dict[str, list[str]]:
    """For each layer the attacks on it that succeeded."""
    with _targets() as (arguments, helper):
        found = {layer: _attack(sandbox, layer, values) for layer, values in arguments.items()}
        with contextlib.suppress(subprocess.TimeoutExpired):
            helper.wait(0.002)  # long enough for a signal that was sent to arrive
            found["signals"].append("the helper has ended")
    return found


def _attack(sandbox: Sandbox, layer: str, arguments: tuple[Any, ...]) -> list[str]:
    """Have a fresh child do what attacks.py does to a layer, just as it would run a submission's function."""
    job = {"number": 1, "source": ATTACKS.read_text(encoding="utf-8"), "names": [layer], "definitions": False}
    try:
        child = sandbox.fork()
        child.request({"do": "cells", "cells": [job]}, SECONDS)
    except StoppedError as stop:
        raise GradingError(f"the sandbox's first process {stop}: this machine cannot grade") from None
    try:
        (own,) = child.ask({"do": "calls", "name": layer, "cell": 1, "keeps": []}, 1, [arguments])
        reply, values = child.reply(own, SECONDS)
    except StoppedError as stop:
        return [f"nobody knows: the attacker {stop}"]
    finally:
        sandbox.end()
    return values[0] if reply["raised"] is None else [f"nobody knows: {reply['raised']}"]


@contextlib.contextmanager
def _targets() -> Iterator[tuple[dict[str, tuple[Any, ...]], subprocess.Popen[bytes]]]:
    """What the layers' attacks aim at: all of it made for this. Their arguments, and a process that waits."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bplab-"))
        os.chmod(folder, 0o777)
        canary = Path(folder, "canary")
        canary.write_text("tweet")
        canary.chmod(0o666)

        def listener(family: int, kind: int, address: Any) -> Any:
            own = stack.enter_context(socket.socket(family, kind))
            with contextlib.suppress(OSError):  # there may be no network, not even to this machine itself
                own.bind(address)
                if kind == socket.SOCK_STREAM:
                    own.listen()
            if isinstance(address, str) and not address.startswith("\0"):
                os.chmod(address, 0o777)
            return own.getsockname()

        _, tcp = listener(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        _, udp = listener(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        listener(socket.AF_UNIX, socket.SOCK_STREAM, f"{folder}/stream")
        listener(socket.AF_UNIX, socket.SOCK_DGRAM, f"{folder}/datagram")
        abstract = secrets.token_hex(8)
        if platform.system() == "Linux":
            listener(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        # It ends when its input closes, that is with this process at the latest.
        helper = stack.enter_context(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
        yield (
            {
                "process": (os.getpid(),),
                "limits": (),
                "files": (folder, str(QUESTIONS / "misconceptions.json")),
                "network": (tcp, udp, folder, abstract),
                "signals": (helper.pid,),
            },
            helper,
        )
