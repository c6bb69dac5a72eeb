"""A small package of a student, and ways to serve it."""

import os
import pathlib
import socket
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from autograder.guest.servant import Servant
from autograder.wire import Channel, Handle

KIT = pathlib.Path(__file__).parents[3]
SITE = pathlib.Path(np.__file__).parents[1]
MODULE = """
class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *args):
        return self.forward(*args)
"""
LAYERS = """
import numpy as np
from nabla.module import Module


class Linear(Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = np.ones((inputs, outputs))

    def forward(self, x):
        self.saved = x
        return x @ self.weight

    @property
    def broken(self):
        raise ValueError("no such thing")


class Sequential(Module):
    def __init__(self, *modules):
        super().__init__()
        self.modules = list(modules)

    def forward(self, x):
        for module in self.modules:
            x = module(x)
        return x

    def backward(self, dout):
        for module in reversed(self.modules):
            dout = module.backward(dout)
        return dout


def echo(*args):
    return args


def late():
    from nabla import module

    return module.__file__
"""


def write_package(root, **modules):
    """Write a package `nabla` with the given sources under `root`."""
    folder = root / "nabla"
    folder.mkdir(parents=True)
    for name, source in {"__init__": "", "module": MODULE, **modules}.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return str(root)


def path(name):
    return Handle("path", 0, name)


@pytest.fixture
def write():
    """Write a package of the given sources under a folder."""
    return write_package


class Host:
    """The trusted side: asks, answers callbacks, gives up after a while."""

    def __init__(self, exchange, functions=()):
        self.exchange = exchange
        self.functions = dict(functions)

    def ask(self, op, **keys):
        return self.exchange({"op": op, **keys})

    def call(self, target, *args, keep=False, **kwargs):
        target = path(target) if isinstance(target, str) else target
        keys = {"target": target, "args": list(args), "kwargs": kwargs}
        return self.ask("call", **keys, **({"keep": True} if keep else {}))

    def value(self, target, *args, **kwargs):
        reply = self.call(target, *args, **kwargs)
        assert reply["op"] == "value", reply
        return reply["value"]

    def answer(self, request):
        result = self.functions[request["id"], request["method"]](*request["args"])
        if isinstance(result, Exception):
            return {"op": "raised", "type": type(result).__name__, "text": str(result)}
        return {"op": "value", "value": result}

    def lend(self, number, function, method="__call__"):
        self.functions[number, method] = function
        name = "function" if method == "__call__" else "module"
        return Handle("lent", number, name)


@pytest.fixture
def local(tmp_path):
    """Serve a package of the given sources in this process."""

    def start(modules=("module", "layers"), **sources):
        host = Host(None)
        root = write_package(tmp_path / "local", **{"layers": LAYERS, **sources})
        servant = Servant(root, host.answer)
        host.exchange = servant.handle
        host.imported = host.ask("import", package="nabla", modules=list(modules))
        return host

    return start


class Guest(Host):
    """A guest in a process of its own."""

    def __init__(self, root, out, prelude):
        near, far = socket.socketpair()
        code = (
            f"import os, sys; sys.path += {[str(SITE), str(KIT)]!r}; {prelude}\n"
            "from autograder.guest.main import serve\n"
            f"serve({far.fileno()}, {root!r})"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", code],
            pass_fds=[far.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={"OPENBLAS_NUM_THREADS": "1"},
        )
        far.close()
        self.channel = Channel(near)
        self.ready = self.receive()
        super().__init__(self._exchange)

    def receive(self):
        return self.channel.receive(time.monotonic() + 20)

    def _exchange(self, request):
        self.channel.send(request, time.monotonic() + 20)
        while (reply := self.receive())["op"] == "callback":
            self.channel.send(self.answer(reply), time.monotonic() + 20)
        return reply

    def close(self):
        self.channel.close()
        return self.process.wait(20)


@pytest.fixture
def start_guest(tmp_path):
    """Start guests for packages of the given sources; `printed()` is their output."""
    if not hasattr(os, "fork"):
        pytest.skip("the guest forks here, and this platform cannot")
    guests = []

    def start(modules=("module", "layers"), prelude="", **sources):
        root = write_package(tmp_path / "root", **{"layers": LAYERS, **sources})
        out = tmp_path / "printed.txt"
        with out.open("wb") as file:
            guest = Guest(root, file, prelude)
        guest.printed = lambda: out.read_text(encoding="utf-8")
        guests.append(guest)
        guest.imported = guest.ask("import", package="nabla", modules=list(modules))
        return guest

    yield start
    for guest in guests:
        guest.process.kill()
        guest.close()
