"""The unit of work: one submission in, its marks and its feedback page out. It depends on no other submission."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bplab.grading import repairs
from bplab.grading.attempts import Attempts
from bplab.grading.excerpt import anonymous
from bplab.grading.notebook import Cell, UnreadableError, read
from bplab.grading.pages import TaskReport, feedback_page
from bplab.grading.sandbox import Sandbox
from bplab.grading.submissions import GradingError, Submission
from bplab.grading.text import one_line
from bplab.questions import Case, Exercise, Question
from bplab.questions.diagnosis import EMPTY, MISSING, Answer, Raised, Verdict, judge, with_reads

CUTS_LIMIT = 3  # how often a notebook is run again without what is not Python
TRIED_AGAIN = ("wrong", "error", "timed out", "crashed")


@dataclass(frozen=True)
class Settings:
    """What holds for every submission of a run: seconds per call, and the seed of the cases."""

    timeout: float = 5.0
    seed: int = 0


@dataclass(frozen=True)
class Mark:
    """A row of marks.csv."""

    student: str
    exercise: str
    task: str
    points: float
    max_points: float
    status: str
    diagnosis: str
    message: str


@dataclass(frozen=True)
class Marked:
    """A marked submission: a row for each task, the feedback page, what went wrong in the grader itself, and the
    functions that show a known mistake, without the student's name or words."""

    student: str
    exercise: str
    marks: list[Mark]
    page: str
    troubles: list[str]
    examples: dict[str, str]


def grade_submission(submission: Submission, exercise: Exercise, settings: Settings, sandbox: Sandbox) -> Marked:
    """Mark one submission in a sandbox."""
    troubles: list[str] = []
    notes: list[str] = []
    cells: list[Cell] = []
    try:
        cells = read(submission.file.content(), notes)
        reports, repaired = _mark_cells(submission, exercise, settings, sandbox, cells, troubles)
        notes += repaired
    except UnreadableError as error:
        reports = _none_marked(exercise, "error", f"The notebook cannot be read: {one_line(str(error), 200)}.")
    except GradingError:
        raise
    except Exception as error:
        # Whatever a submission finds to trip the grader over, it falls alone.
        troubles.append(f"{submission.student}, {submission.exercise}: {type(error).__name__}: {error}")
        reports = _none_marked(exercise, "crashed", "The grader could not cope with this notebook.")
    finally:
        sandbox.end()
    marks = [_mark(submission, exercise, report) for report in reports]
    page = feedback_page(submission.student, exercise, reports, [*submission.notes, *notes])
    return Marked(submission.student, exercise.name, marks, page, troubles, _examples(reports, cells))


def _examples(reports: Sequence[TaskReport], cells: Sequence[Cell]) -> dict[str, str]:
    """The source of each function that looks like a known mistake, as it may be shown to others."""
    sources = {cell.number: cell.source for cell in cells}
    named = {r.question.name: sources.get(r.cell or 0, "") for r in reports if r.verdict.diagnosis}
    found = {task: anonymous(source, task) for task, source in named.items()}
    return {task: code for task, code in found.items() if code}


def _none_marked(exercise: Exercise, status: str, fact: str) -> list[TaskReport]:
    return [TaskReport(question, Verdict(question.name, status, fact=fact)) for question in exercise.questions]


def _mark_cells(
    submission: Submission,
    exercise: Exercise,
    settings: Settings,
    sandbox: Sandbox,
    cells: Sequence[Cell],
    troubles: list[str],
) -> tuple[list[TaskReport], list[str]]:
    """A report for each task, and what was repaired."""
    plan = repairs.plan(cells, [question.name for question in exercise.questions])
    attempts = _attempts(plan, settings, sandbox)
    for _ in range(CUTS_LIMIT):
        if attempts.stopped or not (cut := repairs.without_what_is_no_python(plan, attempts)):
            break
        plan, attempts = cut, _attempts(cut, settings, sandbox)
    attempts.take_printed()  # by the cells

    def report(question: Question) -> TaskReport:
        cases = question.cases(_rng(settings.seed, submission.student, exercise.name, question.name))
        cell = repairs.choose(question.name, attempts, plan)
        answers = _answers(question, cases, cell, plan.names[question.name], attempts)
        verdict = _judge(question, cases, answers, troubles, submission)
        if cell is not None:
            verdict = with_reads(verdict, question, attempts.reads.get((plan.names[question.name], cell), []))
        failure = next((answer for answer in answers if isinstance(answer, Raised)), None)
        if cell is None:
            why = repairs.why_missing(question.name, attempts, plan)
        elif failure is not None:
            why = repairs.why_raised(failure, attempts)
        else:
            why = _why(question, verdict, settings)
        return TaskReport(question, verdict, why, cell, failure, attempts.take_printed())

    return _each_on_its_own(exercise.questions, report, attempts), repairs.notes(attempts, plan)


def _attempts(plan: repairs.Plan, settings: Settings, sandbox: Sandbox) -> Attempts:
    """The notebook, with its cells run."""
    attempts = Attempts(sandbox, plan.cells, list(plan.names.values()), settings.timeout)
    attempts.run()
    return attempts


def _each_on_its_own(
    questions: Sequence[Question], report: Callable[[Question], TaskReport], attempts: Attempts
) -> list[TaskReport]:
    """A report for each task. What is not right is tried once more in a fresh fork if functions had been called before
    it: what these left behind, a timer, a patched NumPy, must not cost another task its points."""
    reports, again = [], []
    for number, question in enumerate(questions):
        used = attempts.used
        reports.append(report(question))
        if used and reports[-1].verdict.status in TRIED_AGAIN:
            again.append(number)
    for number in again:  # last of all, so that the time for it is not the others'
        if attempts.renew():
            reports[number] = max(reports[number], report(questions[number]), key=lambda r: r.verdict.share)
    return reports


def _why(question: Question, verdict: Verdict, settings: Settings) -> str:
    if verdict.status == "timed out":
        return f"A call took longer than {question.seconds or settings.timeout:g} s."
    return "A call ended the whole process." if verdict.status == "crashed" else ""


def _answers(
    question: Question, cases: Sequence[Case], cell: int | None, name: str, attempts: Attempts
) -> Sequence[Answer]:
    if cell is None:
        return [MISSING]
    return [EMPTY] if (name, cell) in attempts.empty else attempts.answers(question, cases, name, cell)


def _rng(seed: int, *names: str) -> np.random.Generator:
    """The cases' generator: the same for a student and a task on every machine and in every order of marking."""
    digest = hashlib.sha256("\0".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def _judge(
    question: Question, cases: Sequence[Case], answers: Sequence[Answer], troubles: list[str], submission: Submission
) -> Verdict:
    # A judge that cannot cope with an answer must not cost the others their marks.
    try:
        return judge(question, cases, answers)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        troubles.append(f"{submission.student}, {submission.exercise}, {question.name}: its judge failed ({problem})")
        return Verdict(question.name, "wrong", fact="The answer cannot be compared with the right one.")


def _mark(submission: Submission, exercise: Exercise, report: TaskReport) -> Mark:
    question, verdict = report.question, report.verdict
    return Mark(
        submission.student,
        exercise.name,
        question.name,
        round(question.points * verdict.share, 2),
        question.points,
        verdict.status,
        ";".join(verdict.diagnosis),
        one_line(" ".join(filter(None, [verdict.message, report.why])), 600),
    )
