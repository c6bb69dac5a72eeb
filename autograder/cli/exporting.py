"""`autograder export`: results for other systems, and what other systems grade with."""

from __future__ import annotations

import pathlib
import typing

import click

from autograder.cli.common import Folder, StageName, course_of, main
from autograder.errors import UsageError
from autograder.manifest import Course
from autograder.policies import Showing

if typing.TYPE_CHECKING:
    from autograder.hosts.bundle import Settings

_TABLES = {
    "csv": "scores.csv: one line per submission.",
    "jsonl": "results.jsonl: everything, one object per submission.",
    "junit": "junit.xml: a suite per submission.",
}


class Formats(click.Group):
    """Names the formats when it is asked for another one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of the format.

        Raises:
            UsageError: if there is no such format.
        """
        name = args[0] if args else ""
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise UsageError(
                f"{name!r} is no export format.",
                f"Formats: {', '.join(self.list_commands(ctx))}.",
            )
        return super().resolve_command(ctx, args)


run_argument = click.argument("run", type=Folder)
results_option = click.option(
    "--out", type=Folder, help="Folder to write to; default: RUN."
)
out_option = click.option("--out", type=Folder, required=True, help="Folder to write.")
held_option = click.option(
    "--sandbox",
    default="lockdown",
    show_default=True,
    type=click.Choice(["auto", "bubblewrap", "lockdown", "unprotected"]),
    help="What holds the students' code there; containers refuse bubblewrap.",
)
waive_option = click.option(
    "--unprotected", is_flag=True, help="Allow --sandbox unprotected."
)
earlier_option = click.option(
    "--upstream",
    default="auto",
    type=click.Choice(["auto", "student", "reference"]),
    help="Where earlier stages come from; auto: as the manifests say.",
)


@main.group(cls=Formats)
def export() -> None:
    """Write results of a run for other systems, or what such systems grade with.

    \b
    autograder export csv runs/a01
    autograder export gradescope a01_gates --out upload/     an autograder
    autograder export gradescope-results runs/a01 --out upload/
    """


def _add_table(form: str, says: str) -> None:
    @export.command(form, help=f"Write {says}\n\nautograder export {form} runs/a01")
    @run_argument
    @results_option
    def command(run: pathlib.Path, out: pathlib.Path | None) -> None:
        _results(form, run, out)


for _form, _says in _TABLES.items():
    _add_table(_form, _says)


def _results(form: str, run: pathlib.Path, out: pathlib.Path | None) -> None:
    from autograder import exports, pipeline

    _list(exports.export(form, pipeline.read_run(run), out or run))


def _list(paths: list[pathlib.Path]) -> None:
    for path in paths:
        click.echo(path)


@export.command("gradescope-results")
@run_argument
@results_option
@click.pass_context
def gradescope_results(
    ctx: click.Context, run: pathlib.Path, out: pathlib.Path | None
) -> None:
    """Write one results.json for each submission of RUN.

    \b
    autograder export gradescope-results runs/a01 --out upload/
    """
    from autograder import pipeline
    from autograder.exports import gradescope, writing

    results = pipeline.read_run(run)
    stage = results[0].assignment if results else ""
    with writing(out or run):
        _list(gradescope.write(results, out or run, _shown(ctx, stage)))


def _shown(ctx: click.Context, stage: str) -> Showing:
    """Return what the manifest says about showing, where there is one."""
    try:
        return course_of(ctx).assignment(stage).show
    except UsageError:
        return Showing()


@export.command("gradescope")
@click.argument("stage", metavar="STAGE", type=StageName())
@click.option("--out", type=Folder, help="Folder to write.")
@click.option(
    "--wheels", type=Folder, help="Folder of wheels to put in: no network is needed."
)
@held_option
@waive_option
@earlier_option
@click.pass_context
def gradescope_zip(ctx: click.Context, /, **options: typing.Any) -> None:
    """Write autograder.zip, with which Gradescope grades STAGE.

    It holds the hidden checks, the solution and the course secret: for Gradescope
    alone. (The name of a run instead of a stage does what gradescope-results does.)

    \b
    autograder export gradescope a01_gates --out upload/
    """
    from autograder import pipeline
    from autograder.hosts import gradescope

    stage, out, wheels = (options.pop(name) for name in ("stage", "out", "wheels"))
    if (pathlib.Path(stage) / pipeline.GRADEBOOK).is_file():
        ctx.invoke(gradescope_results, run=pathlib.Path(stage), out=out)
        return
    course, settings = _bundled(ctx, stage, options)
    if out is None:
        raise UsageError("--out FOLDER is missing: where to write autograder.zip.")
    _list([gradescope.write(course, settings, out, wheels)])


def _bundled(
    ctx: click.Context, stage: str, options: dict[str, typing.Any]
) -> tuple[Course, Settings]:
    from autograder.hosts.bundle import Settings

    course = course_of(ctx)
    return course, Settings(stage=course.assignment(stage).id, **options)


@export.command("otter")
@click.argument("stage", type=StageName())
@out_option
@click.option(
    "--notebook",
    default="lab.ipynb",
    show_default=True,
    help="Name of the notebook that may be handed in beside the package.",
)
@held_option
@waive_option
@earlier_option
@click.pass_context
def otter_zip(ctx: click.Context, /, **options: typing.Any) -> None:
    """Write autograder.zip, with which Otter grades STAGE.

    It holds the hidden checks, the solution and the course secret. Where `otter run`
    runs, the kit has to be installed: pip install 'autograder[otter]'.

    \b
    autograder export otter a01_gates --out upload/
    """
    from autograder.hosts import otter

    stage, out, notebook = (options.pop(n) for n in ("stage", "out", "notebook"))
    course, settings = _bundled(ctx, stage, options)
    _list([otter.write(course, settings, out, notebook)])


@export.command("otter-tests")
@click.argument("stage", type=StageName())
@out_option
@click.pass_context
def otter_tests(ctx: click.Context, stage: str, out: pathlib.Path) -> None:
    """Write the public checks of STAGE as Otter's tests, for students.

    They go beside the lab, into a folder that `autograder release` has made.

    \b
    autograder export otter-tests a01_gates --out handout/a01
    """
    from autograder.exports import writing
    from autograder.hosts import otter

    course = course_of(ctx)
    with writing(out):
        _list(otter.write_tests(course, course.assignment(stage), out))
