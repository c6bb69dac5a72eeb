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
    differences = compare(course)
    for line in differences:
        click.echo(line)
    ctx.exit(1 if differences else 0)


@main.command()
@click.argument("stages", type=StageName(), nargs=-1)
@workers_option
@sandbox_option
@unprotected_option
@click.pass_context
def validate(
    ctx: click.Context, /, stages: tuple[str, ...], **options: typing.Any
) -> None:
    """Prove STAGES right: reference full, blank zero, mutants caught, variants full.

    \b
    autograder validate                       the whole course
    autograder validate a01_gates a02_layers
    """
    from autograder import pipeline, trial
    from autograder.reports import terminal
    from autograder.validate import validate as findings_of

    course = course_of(ctx)
    assignments = [course.assignment(name) for name in stages or course.stages()]
    grade = trial.grader(course, pipeline.Options(**options))
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        findings = findings_of(course, assignments, grade, pathlib.Path(folder))
        right = terminal.print_validation(findings)
    ctx.exit(0 if right else 1)


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
