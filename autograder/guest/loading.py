"""The student's package, imported from its own folder and nowhere else.

Alone in the guest it takes its name in `sys.modules` for good. In a process that has
another package of that name (the reference), it lives beside it: it takes the name
while its code runs and gives it back afterwards. No bytecode is written.
"""

# ruff: noqa: PTH100, PTH113, PTH118, PTH120 - pathlib would cost each start of a guest 7 ms

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import types
import typing
from collections.abc import Iterator, Sequence

from autograder.guest.faults import ImportFailedError, Reply, describe
from autograder.guest.lookup import attribute


class Package:
    """One copy of a package, with the import errors of its modules.

    Args:
        root: the folder that holds the package; None takes what an ordinary import
            of the name finds.
        alone: no other package of this name exists in the process, nor ever will.
    """

    def __init__(self, root: str | None, name: str, *, alone: bool = False) -> None:
        self.name = name
        self.folder = os.path.join(os.path.abspath(root), name) if root else ""
        self.errors: dict[str, Reply] = {}
        self._module: types.ModuleType | None = None
        self._turns = None if alone or not root else _Turns(name)
        self._alone = alone

    def load(self, modules: Sequence[str]) -> None:
        """Import the package and its modules; keep the errors instead of raising."""
        with self.running(), _no_bytecode():
            if not self._attempt(self.name):
                return
            for name in modules:
                self._attempt(f"{self.name}.{name}")

    def find(self, dotted: str) -> typing.Any:
        """Return what a dotted path inside the package stands for; "" is itself.

        Raises:
            ImportFailedError: if the path leads into a module with an import error.
            AttributeError: if there is no such name, with near misses.
        """
        first = dotted.partition(".")[0]
        for name in (self.name, first):
            if name in self.errors:
                raise ImportFailedError(self.errors[name])
        if self._module is None:
            raise LookupError(f"the package {self.name} has not been imported yet")
        if first and not hasattr(self._module, first):
            self._load_late(first)
        found: typing.Any = self._module
        for name in dotted.split(".") if dotted else ():
            found = attribute(found, name)
        return found

    def running(self) -> contextlib.AbstractContextManager[None]:
        """Let the name mean this copy, also in imports inside functions."""
        return _NOTHING if self._turns is None else self._turns.take(ours=True)

    def paused(self) -> contextlib.AbstractContextManager[None]:
        """Let the name mean, for the time of a callback, what it means outside."""
        return _NOTHING if self._turns is None else self._turns.take(ours=False)

    def _attempt(self, full_name: str) -> bool:
        try:
            if full_name == self.name:
                self._module = self._import_package()
            else:
                importlib.import_module(full_name)
        except BaseException as exc:  # SystemExit is an error of the module, too
            if isinstance(exc, KeyboardInterrupt) and not self._alone:
                raise
            short = full_name.removeprefix(f"{self.name}.")
            self.errors[short] = describe(exc, self.folder)
            return False
        return True

    def _import_package(self) -> types.ModuleType:
        if not self.folder:
            module = importlib.import_module(self.name)
            self.folder = os.path.dirname(module.__file__ or "")
            return module
        for known in [*sys.path_importer_cache]:
            if str(known).startswith(self.folder):  # may be older than the files
                del sys.path_importer_cache[known]
        path = os.path.join(self.folder, "__init__.py")
        spec = importlib.util.spec_from_file_location(
            self.name, path, submodule_search_locations=[self.folder]
        )
        if spec is None or spec.loader is None or not os.path.isfile(path):
            raise ModuleNotFoundError(f"No module named {self.name!r}", name=self.name)
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.name] = module
        spec.loader.exec_module(module)
        return module

    def _load_late(self, name: str) -> None:
        """Import a module that was not asked for in time, if there is one."""
        full_name = f"{self.name}.{name}"
        with self.running(), _no_bytecode():
            if importlib.util.find_spec(full_name) and not self._attempt(full_name):
                raise ImportFailedError(self.errors[name])


def load_isolated(
    root: str, package: str = "nabla", modules: Sequence[str] = ()
) -> Package:
    """Import a package beside another one of the same name.

    Import errors do not raise; they are kept in the package's `errors`.
    """
    loaded = Package(root, package)
    loaded.load(modules)
    return loaded


class _Turns:
    """Two sets of modules of the same names, of which `sys.modules` holds one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._prefix = f"{name}."
        self._ours = False
        self._parked: dict[str, types.ModuleType] = {}
        self._known: dict[str, None] = {}  # every such name ever seen, in order
        self._others = -1  # how many modules of other names there were

    @contextlib.contextmanager
    def take(self, *, ours: bool) -> Iterator[None]:
        if self._ours == ours:
            yield
            return
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        taken = self._remove()
        sys.modules.update(self._parked)
        self._parked = taken
        self._ours = not self._ours

    def _remove(self) -> dict[str, types.ModuleType]:
        modules = sys.modules
        taken = {name: modules.pop(name) for name in self._known if name in modules}
        if len(modules) != self._others:  # something was imported: look for our names
            for name in [*modules]:
                if name == self._name or name.startswith(self._prefix):
                    self._known[name] = None
                    taken[name] = modules.pop(name)
            self._others = len(modules)
        return taken


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def _no_bytecode() -> Iterator[None]:
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
