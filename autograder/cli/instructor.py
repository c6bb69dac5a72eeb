"""The commands of instructors: from an inbox to marks, pages and exports."""

from __future__ import annotations

import pathlib
import typing
from collections.abc import Sequence

import click

from autograder.cli.common import (
    GOES_ON,
    Folder,
    StageName,
    course_of,
    main,
    sandbox_option,
    unprotected_option,
    workers_option,
)
from autograder.manifest import Assignment, Course, find_course
from autograder.records import Graded

if typing.TYPE_CHECKING:
    from autograder import pipeline


@main.command()
@click.argument("stage", type=StageName())
@click.argument("paths", type=Folder, nargs=-1, required=True)
@click.option("--out", type=Folder, required=True, help="Folder for the results.")
@click.option(
    "--upstream",
    default="auto",
    type=click.Choice(["auto", "student", "reference"]),
    help="Where earlier stages come from; auto: as the manifests say.",
)
@click.option("--fresh", is_flag=True, help="Grade again what is known already.")
@workers_option
@sandbox_option
@unprotected_option
@click.pass_context
def grade(ctx: click.Context, /, **options: typing.Any) -> None:
    """Grade the submissions in PATHS: folders, archives, or folders full of them.

    Interrupted or killed, the same call goes on where it stopped.

    \b
    autograder grade a01_gates inbox/ --out runs/a01 --workers 4
    """
    from autograder import pipeline

    course = course_of(ctx)
    assignment = course.assignment(options.pop("stage"))
    paths, out = options.pop("paths"), options.pop("out")
    ctx.meta[GOES_ON] = not options["fresh"]
    ctx.exit(_grade(course, assignment, paths, out, pipeline.Options(**options)))


def _grade(
    course: Course,
    assignment: Assignment,
    paths: Sequence[pathlib.Path],
    out: pathlib.Path,
    options: pipeline.Options,
) -> int:
    from autograder import pipeline
    from autograder.reports.progress import BatchProgress

    with BatchProgress(f"Grading {assignment.id}") as progress:
        results = pipeline.grade(
            course, assignment, paths, out, options=options, watcher=progress
        )
    code = _show(assignment, results, out / "report" / "index.html")
    click.echo(progress.summary())
    return code


def _show(assignment: Assignment, results: Sequence[Graded], page: pathlib.Path) -> int:
    from autograder import pipeline
    from autograder.reports import terminal

    terminal.print_batch(results, assignment)
    click.echo(f"The report: {page.resolve()}")
    return 1 if pipeline.needs_a_person(results) else 0


@main.command()
@click.argument("run", type=Folder)
@click.pass_context
def report(ctx: click.Context, run: pathlib.Path) -> None:
    """Write the pages of a finished RUN again and print its summary.

    \b
    autograder report runs/a01
    """
    from autograder import pipeline

    results = pipeline.read_run(run)
    assignment = course_of(ctx).assignment(results[0].assignment)
    page = pipeline.write_results(assignment, results, run)
    ctx.exit(_show(assignment, results, page))


@main.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Try each protection of this machine, and list versions, GPU and disk.

    Exits with 1 when submissions would be graded without protection.

    \b
    autograder doctor
    """
    from autograder import doctor as examination
    from autograder.reports import terminal

    findings = list(examination.examine(find_course(ctx.obj) if ctx.obj else None))
    terminal.print_findings(findings)
    ctx.exit(0 if examination.fit_for_grading(findings) else 1)


@main.command()
@click.option("--stage", type=StageName(), default="a02_layers", show_default=True)
@click.option("--out", type=Folder, default="runs/demo", show_default=True)
@click.option("-n", "--students", type=click.IntRange(min=1), default=40)
@workers_option
@sandbox_option
@unprotected_option
@click.pass_context
def demo(ctx: click.Context, /, **options: typing.Any) -> None:
    """Grade a class of pretend students, good, bad and hostile, and report on it.

    \b
    autograder demo
    """
    from autograder import pipeline
    from autograder.demo import make_class

    course, out = course_of(ctx), options.pop("out")
    assignment = course.assignment(options.pop("stage"))
    inbox = out / "inbox"
    make_class(course, assignment, inbox, options.pop("students"))
    run = pipeline.Options(**options)
    ctx.meta[GOES_ON] = True  # the class is made anew, but it is the same
    _grade(course, assignment, [inbox], out, run)
