"""The command line: ``bplab lab``, ``bplab build``, ``bplab check``, ``bplab grade``."""

from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


class Refused(click.ClickException):
    """What a person has to put right: said on stderr, exit status 2."""

    exit_code = 2


@click.group()
@click.version_option(package_name="bplab")
def main() -> None:
    """bplab: a course on backpropagation."""


@main.command()
@click.option(
    "--dir", "directory", type=FOLDER, default="bplab-course", show_default=True, help="Your copy of the course."
)
@click.option("--no-browser", is_flag=True, help="Only start the server and print its address.")
def lab(directory: Path, no_browser: bool) -> None:
    """Copy the course to a folder of yours and open it in JupyterLab.

    Run it again at any time: what you have changed stays as it is.
    """
    from bplab import course

    try:
        beside = course.copy(directory)
    except course.CourseError as error:
        raise Refused(str(error)) from error
    click.echo(f"Your copy of the course: {directory.resolve()}")
    for changed, newer in beside:
        click.echo(f"You have changed {changed}. It stays as it is; the newer version is {newer}.")

    from bplab import lab as jupyterlab

    jupyterlab.start(directory, browser=not no_browser)


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; list what differs and exit with 1 if anything does.")
def build(check: bool) -> None:
    """Run the lectures and solutions of this clone and write the exercises (for authors)."""
    from bplab import course

    try:
        differing = course.build(Path(), check=check)
    except course.CourseError as error:
        raise Refused(str(error)) from error
    for path in differing:
        click.echo(f"{path} {'differs' if check else 'written'}")
    if check and differing:
        raise SystemExit(1)


@main.command()
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, path_type=Path))
def check(directory: Path) -> None:
    """Mark your own folder of exercises with the public cases."""
    from bplab import check as checking
    from bplab.questions import ExerciseError

    try:
        click.echo(checking.folder(directory))
    except (ExerciseError, OSError) as error:
        raise Refused(str(error)) from error


@main.command()
@click.argument("submissions", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="Folder for the marks, grades and pages.")
@click.option("--exercise", metavar="FILE_OR_NAME", help="Grade only this exercise, or one of your own in a file.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Seconds per call.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the cases.")
@click.option("--dask", metavar="ADDRESS", help="Mark on the Dask cluster of this scheduler.")
@click.option("--resume", is_flag=True, help="Mark only what is not in OUT's journal yet.")
def grade(submissions: Path, out: Path, **options: Any) -> None:
    """Mark a folder or zip of SUBMISSIONS, each in a sandbox of its own."""
    from bplab import grading

    try:
        grading.grade(submissions, out, **options)
    except grading.GradingError as error:
        raise Refused(str(error)) from error
