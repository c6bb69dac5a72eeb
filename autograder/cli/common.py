"""What all commands share: the group, its errors, the course, the common options."""

from __future__ import annotations

import pathlib
import typing

import click
from click.shell_completion import CompletionItem

from autograder import __version__
from autograder.errors import KitError, UsageError
from autograder.manifest import Course, find_course

Folder = click.Path(path_type=pathlib.Path)


GOES_ON = f"{__name__}.goes_on"
"""Key in a context's `meta`: interrupted, the same call goes on where it stopped."""


class StageName(click.ParamType[str]):
    """A stage id, or an unambiguous beginning of one such as "a02"."""

    name = "stage"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the stages of the course that begin with what was typed."""
        del ctx, param
        try:
            stages = find_course().stages()
        except KitError:
            return []
        return [
            CompletionItem(stage) for stage in stages if stage.startswith(incomplete)
        ]


class Commands(click.Group):
    """Turns an error of ours into one sentence, its remedy, and exit code 2."""

    def invoke(self, ctx: click.Context) -> typing.Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Exception) as exc:
            if _was_interrupted(exc):
                goes_on = "; the same call goes on where it stopped"
                told = goes_on if ctx.meta.get(GOES_ON) else ""
                click.echo(f"Interrupted{told}.", err=True)
                ctx.exit(1)
            if not isinstance(exc, KitError):
                raise
            click.echo(f"autograder: {exc.message}", err=True)
            if exc.remedy:
                click.echo(exc.remedy, err=True)
            ctx.exit(2)


def _was_interrupted(exc: BaseException | None) -> bool:
    """Tell whether it all began with Ctrl-C, which can break whatever cleans up."""
    while exc is not None and not isinstance(exc, KeyboardInterrupt):
        exc = exc.__context__
    return exc is not None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version")
@click.option(
    "--course",
    "folder",
    type=Folder,
    help="Folder that holds assignments/; default: here or the nearest above.",
)
@click.pass_context
def main(ctx: click.Context, folder: pathlib.Path | None) -> None:
    """Check, grade and report on the stages of the course.

    \b
    autograder check a01_gates                    a student, in their folder
    autograder grade a01_gates inbox/ --out runs/a01
    """
    ctx.obj = folder


def course_of(ctx: click.Context) -> Course:
    """Return the course named with --course, or the one that surrounds this folder.

    Raises:
        UsageError: if there is none.
    """
    if ctx.obj is not None and not ctx.obj.is_dir():
        raise UsageError(f"--course {ctx.obj}: there is no such folder.")
    return find_course(ctx.obj)


sandbox_option = click.option(
    "--sandbox",
    default="auto",
    type=click.Choice(["auto", "bubblewrap", "lockdown", "unprotected"]),
    help="What holds the students' code; default: the best that works here.",
)
unprotected_option = click.option(
    "--unprotected",
    is_flag=True,
    help="Allow grading without protection: only for code that you trust.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Submissions graded at a time; default: one per core.",
)
