"""The commands of those who write the course: template, proofs, releases."""

from __future__ import annotations

import pathlib
import tempfile
import typing

import click

from autograder.cli.common import (
    Folder,
    StageName,
    course_of,
    main,
    sandbox_option,
    unprotected_option,
    workers_option,
)


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Compare, write nothing.")
@click.pass_context
def skeleton(ctx: click.Context, only_check: bool) -> None:  # noqa: FBT001
    """Write student_template/ from the reference and the manifests.

    \b
    autograder skeleton            write it
    autograder skeleton --check    exit 1 when the committed one differs
    """
    from autograder.skeleton import build, compare

    course = course_of(ctx)
    if not only_check:
        for path in build(course, course.template):
            click.echo(path)
        return
    _tell(ctx, compare(course))


def _tell(ctx: click.Context, differences: list[str]) -> None:
    """Print how what is committed differs from what it is made of; exit 1 if so."""
    for line in differences:
        click.echo(line)
    ctx.exit(1 if differences else 0)


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Compare, write nothing.")
@click.pass_context
def coverage(ctx: click.Context, only_check: bool) -> None:  # noqa: FBT001
    """Write assignments/COVERAGE.md: each row of the lectures, and what tests it.

    \b
    autograder coverage            write it
    autograder coverage --check    exit 1 when the committed one differs
    """
    from autograder import coverage as table

    course = course_of(ctx)
    if not only_check:
        path = course.assignments / table.PAGE
        path.write_text(table.page(course), encoding="utf-8")
        click.echo(path)
        return
    _tell(ctx, list(table.differences(course)))


@main.command()
@click.argument("stages", type=StageName(), nargs=-1)
@click.option("--only", default="", metavar="TEXT", help="Those with TEXT in the name.")
@workers_option
@sandbox_option
@unprotected_option
@click.pass_context
def validate(
    ctx: click.Context, /, stages: tuple[str, ...], only: str, **options: typing.Any
) -> None:
    """Prove STAGES right: reference full, blank zero, mutants caught, variants full.

    \b
    autograder validate                       the whole course
    autograder validate a01_gates a02_layers
    autograder validate a01 --only half       what half of the exercises earn
    """
    from autograder import pipeline, trial
    from autograder.reports import terminal
    from autograder.reports.progress import BatchProgress
    from autograder.validate import validate as findings_of

    course = course_of(ctx)
    assignments = [course.assignment(name) for name in stages or course.stages()]
    with (
        tempfile.TemporaryDirectory(prefix="autograder-") as folder,
        BatchProgress("validate") as progress,
    ):
        grade = trial.grader(course, pipeline.Options(**options), progress)
        findings = findings_of(course, assignments, grade, pathlib.Path(folder), only)
        right = terminal.print_validation(findings)
    ctx.exit(0 if right else 1)


@main.command()
@click.argument("stage", type=StageName())
@click.option(
    "--runs", type=click.IntRange(50), default=200, help="Seeds of the reference."
)
@workers_option
@click.pass_context
def calibrate(ctx: click.Context, stage: str, runs: int, workers: int | None) -> None:
    """Measure what may be asked of the trainings in STAGE: thresholds and a figure.

    \b
    autograder calibrate a06_optimizers
    """
    from autograder import calibrate as calibration
    from autograder import pipeline
    from autograder.reports.calibration import figure

    course = course_of(ctx)
    assignment = course.assignment(stage)
    number = pipeline.worker_count(pipeline.Options(workers=workers))
    with click.progressbar(length=1, label=assignment.id, show_eta=True) as bar:

        def progress(of: int) -> None:
            bar.length = of
            bar.update(1)

        found = calibration.calibrate(course, assignment, runs, number, progress)
    click.echo(calibration.write(assignment, found))
    path = assignment.folder / "figures" / "calibration.svg"
    path.parent.mkdir(exist_ok=True)
    path.write_text(figure(found, assignment.id) + "\n", encoding="utf-8")
    click.echo(path)


@main.command()
@click.argument("stage", type=StageName())
@click.option("--out", type=Folder, required=True, help="Folder to make.")
@click.option("--wheel", type=Folder, help="The autograder's wheel, to put beside it.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.pass_context
def release(
    ctx: click.Context,
    stage: str,
    out: pathlib.Path,
    wheel: pathlib.Path | None,
    force: bool,  # noqa: FBT001
) -> None:
    """Write what students get for STAGE, as a folder and as a zip.

    \b
    autograder release a02_layers --out handout/a02
    """
    from autograder.release import release as write

    course = course_of(ctx)
    for path in write(course, course.assignment(stage), out, wheel=wheel, force=force):
        click.echo(path)
