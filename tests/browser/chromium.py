"""Headless Chromium over its debugging pipe: no driver, no library, no network."""

import itertools
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def find():
    """Return the path of a Chromium, or None; its pipe needs a POSIX system."""
    if os.name != "posix":
        return None
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


class Chromium:
    """One browser with one page, and a log of what the page asked for and said."""

    def __init__(self, program, profile):
        command_read, self._commands = _high_pipe()
        self._answers, answer_write = _high_pipe()

        def wire_up():  # Chromium reads its commands from 3 and answers on 4
            os.dup2(command_read, 3)
            os.dup2(answer_write, 4)

        self._process = subprocess.Popen(
            [program, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=wire_up,  # noqa: PLW1509 - nothing here has threads
            pass_fds=(3, 4),
        )
        os.close(command_read)
        os.close(answer_write)
        self._numbers = itertools.count(1)
        self._unread = b""
        self._session = None
        self.requests, self.complaints = [], []
        page = next(
            target
            for target in self.send("Target.getTargets")["targetInfos"]
            if target["type"] == "page"
        )
        attached = self.send(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.send(f"{domain}.enable")

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    def send(self, method, **params):
        """Send one command and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, path, width, scheme="light"):
        """Show a page on a screen of that width, in that colour scheme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[feature])
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=800, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.requests, self.complaints = [], []
        self.send("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + 20
        loaded = "document.readyState == 'complete' && location.href != 'about:blank'"
        while not self.run(loaded):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} was not loaded")
            time.sleep(0.02)

    def run(self, expression):
        """Return the value of a JavaScript expression in the page."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"]["description"])
        return result["result"].get("value")

    def _receive(self):
        while b"\0" not in self._unread:
            if not select.select([self._answers], [], [], 30)[0]:
                raise TimeoutError("Chromium does not answer")
            piece = os.read(self._answers, 1 << 16)
            if not piece:
                raise RuntimeError("Chromium ended")
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(event["params"]["exceptionDetails"]))


def _high_pipe():
    """Return a pipe whose ends are far from 3 and 4."""
    import fcntl

    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in ends)
    for end in ends:
        os.close(end)
    return high
