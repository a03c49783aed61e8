"""Mark a folder of one's own exercises: each notebook in a Python process of its own, with a limit on its time.

There is no other protection than that: the notebooks are the user's own.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from bplab.check.attempt import NOTE, public_cases
from bplab.check.own_notebook import code_cells
from bplab.questions import EXERCISES, Exercise, ExerciseError, Question
from bplab.questions.diagnosis import Verdict

# For one call, or one cell; Python has twelve times as long to start.
SECONDS = 5.0
START = 12
WHAT_STOPPED = {"timed out": "did not end in time", "crashed": "ended Python"}


def mark_folder(path: Path) -> str:
    """A table for each exercise in a folder, or for one notebook.

    Raises
    ------
    ExerciseError
        If there is no exercise, or none that can be read.
    """
    found = [path] if path.is_file() else sorted(path.rglob("*.ipynb"))
    tables, readable = [], False
    for notebook in found:
        exercise = None if ".ipynb_checkpoints" in notebook.parts else _exercise_of(notebook)
        if exercise is None:
            continue
        try:
            code_cells(notebook)
        except (OSError, ValueError) as error:
            tables.append(f"{notebook}\n  cannot be read: {error}.")
        else:
            tables.append(_table(notebook, exercise, list(_verdicts(notebook, exercise))))
            readable = True
    if not tables:
        raise ExerciseError(f"{path} holds no exercise; an exercise is called like {next(iter(EXERCISES))}.ipynb")
    if not readable:
        raise ExerciseError("\n".join(tables))
    return "\n\n".join([*tables, NOTE])


def _exercise_of(notebook: Path) -> Exercise | None:
    """The exercise whose number the file's name holds: ``ex01…ipynb``."""
    number = re.search(r"(?<![a-z])ex\d\d(?!\d)", notebook.stem.lower())
    names = [name for name in EXERCISES if number and name.startswith(number[0])]
    return EXERCISES[names[0]] if names else None


def _table(path: Path, exercise: Exercise, verdicts: list[Verdict]) -> str:
    lines, total = [str(path)], 0.0
    for question, verdict in zip(exercise.questions, verdicts):
        points = verdict.share * question.points
        total += points
        lines.append(f"  {question.name:<20} {points:>4g} of {question.points:<3g} {verdict.status}")
        lines += [f"  {'':<20} {'':<11} {verdict.message}"] if verdict.message else []
    whole = sum(question.points for question in exercise.questions)
    return "\n".join([*lines, f"  {'together':<20} {total:>4g} of {whole:g}"])


def _verdicts(path: Path, exercise: Exercise) -> Iterator[Verdict]:
    """A verdict for each task. After a cell or a task that hangs, the rest is tried in a new process without it."""
    left = {question.name: question for question in exercise.questions}
    stopped: dict[int, str] = {}
    while left:
        request = {"path": str(path), "exercise": exercise.name, "tasks": list(left), "stopped": stopped}
        before: dict[str, Any] = {}
        for message in _messages(request, left):
            if "verdict" in message:
                left.pop(message["verdict"]["task"])
                yield Verdict(**message["verdict"])
            elif "stop" in message and "cell" in before:
                stopped[before["cell"]] = WHAT_STOPPED[message["stop"]]
            elif "stop" in message:
                task = before.get("task", next(iter(left)))
                left.pop(task)
                yield Verdict(task, message["stop"])
            before = message


def _messages(request: dict[str, Any], questions: dict[str, Question]) -> Iterator[dict[str, Any]]:
    """What the notebook's process says, until it ends; {"stop": how} if it does not end by itself."""
    command = [sys.executable, "-P", "-m", "bplab.check.own_notebook"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True).start()
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.close()
        message: dict[str, Any] = {}
        while "end" not in message:
            line = lines.get(timeout=_limit(message, questions))
            message = json.loads(line) if line else {"stop": "crashed", "end": True}
            yield message
    except queue.Empty:
        yield {"stop": "timed out"}
    finally:
        process.kill()
        process.wait()


def _forward(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    """Put each line into the queue, and "" at the end."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")


def _limit(message: dict[str, Any], questions: dict[str, Question]) -> float:
    """The seconds that may pass after a message."""
    if "task" not in message:
        return SECONDS if "cell" in message else SECONDS * START
    question = questions[message["task"]]
    return (question.seconds or SECONDS) * len(public_cases(question))
