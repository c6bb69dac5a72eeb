"""The pytest plugin: `pytest assignments/a02_layers/public --student my_folder`.

Without `--student` the reference is checked, in this process. The plugin is part of
every pytest run where the kit is installed, so it loads the rest only for checks.
"""

from __future__ import annotations

import pathlib
import typing
from collections.abc import Generator

import pytest

from autograder.errors import KitError

if typing.TYPE_CHECKING:
    from autograder.suite.session import Session

_SESSION: pytest.StashKey[Session] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say whose code is checked, and where it runs."""
    group = parser.getgroup("autograder", "checks of the course kit")
    group.addoption(
        "--student",
        metavar="PATH",
        help="folder that holds nabla/ (default: check the reference)",
    )
    group.addoption(
        "--in-process",
        action="store_true",
        help="run the student's code in this process, so that breakpoints work",
    )
    group.addoption(
        "--sandbox",
        metavar="NAME",
        default="auto",
        help="how to confine the student's code (default: the best there is)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let files of checks import the reference, and bear the same name as others."""
    folder = collector.path.parent.parent
    if not isinstance(collector, pytest.Module) or not _is_stage(folder):
        return (yield)
    from autograder.manifest import find_course
    from autograder.suite.host import reference_on_host

    option = collector.config.option
    before, option.importmode = option.importmode, "importlib"
    try:
        with reference_on_host(find_course(folder)):
            return (yield)
    finally:
        option.importmode = before


def _is_stage(folder: pathlib.Path) -> bool:
    return (folder / "assignment.toml").is_file()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Validate the checks among the items and make ready to run them."""
    if not any(hasattr(getattr(item, "obj", None), "__check__") for item in items):
        return
    from autograder.suite.session import Session

    try:
        config.stash[_SESSION] = Session(config, items)
    except KitError as exc:
        raise pytest.UsageError(str(exc)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a check; all other tests run as they always do."""
    session = pyfuncitem.config.stash.get(_SESSION, None)
    if session is None or not session.knows(pyfuncitem):
        return None
    __tracebackhide__ = True
    session.run(pyfuncitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show of a failed check the message alone: what a student can act on."""
    report = yield
    session = item.config.stash.get(_SESSION, None)
    if session is not None and report.when == "call" and report.failed:
        message = session.message(item)
        if message:
            report.longrepr = message
    return report


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say whose code is checked, and what confines it."""
    session = config.stash.get(_SESSION, None)
    return [] if session is None else [session.headline]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the guests."""
    session = config.stash.get(_SESSION, None)
    if session is not None:
        session.close()


@pytest.fixture
def student() -> None:
    """The student's package, through which a check speaks to it."""


@pytest.fixture
def rng() -> None:
    """The random numbers of a check, the same in every run."""
