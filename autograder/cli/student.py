"""The command of students."""

from __future__ import annotations

import pathlib

import click

from autograder.cli.common import Folder, StageName, course_of, main
from autograder.records import Outcome


@main.command()
@click.argument("stage", type=StageName())
@click.argument("folder", type=Folder, default=".")
@click.option("-e", "--exercise", default="", help="Only exercises that begin so.")
@click.option("--in-process", is_flag=True, help="Let breakpoint() work.")
@click.pass_context
def check(
    ctx: click.Context,
    stage: str,
    folder: pathlib.Path,
    exercise: str,
    in_process: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Run the public checks of STAGE on the nabla/ in FOLDER.

    \b
    autograder check a02_layers
    autograder check a02 -e linear --in-process
    """
    from autograder import checking

    course = course_of(ctx)
    assignment = course.assignment(stage)
    found = checking.check(
        course, assignment, folder, only=exercise, in_process=in_process
    )
    from autograder.reports import terminal  # while the guest was starting

    terminal.print_check(
        found.results, assignment, only=exercise, printed=found.printed
    )
    ctx.exit(0 if all(one.outcome is Outcome.PASSED for one in found.results) else 1)
