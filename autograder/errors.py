"""Every error the kit raises on purpose, and who has to act on it.

KitError                 one sentence (what, where, expected, got) and a remedy
├── UsageError           the call is wrong: an unknown stage, a missing folder
├── ManifestError        an assignment.toml is wrong
├── SuiteError           a suite of checks contradicts its manifest or itself
├── IntakeError          one submission cannot be read; the batch goes on
├── MachineError         a disk is full, cannot be written or fails: nobody's mark
├── SandboxError         the sandbox cannot start or is lost: never the student's fault
├── GradebookError       the gradebook is locked, damaged or of another version
├── SkeletonError        the template cannot be built from the reference, or leaks
└── ExportError          a result cannot be written in the format asked for

The wire has its own tree (`autograder.wire.WireError`), because it travels alone.
"""


class KitError(Exception):
    """An error with a remedy: the command line prints both and exits with 2."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


class UsageError(KitError):
    """The call is wrong: its arguments name nothing that exists."""


class ManifestError(KitError):
    """An assignment.toml has a wrong or missing key."""


class SuiteError(KitError):
    """A suite of checks contradicts its manifest or itself."""


class IntakeError(KitError):
    """One submission cannot be read; the message is meant for its author."""


class MachineError(KitError):
    """This machine is short of something, or a part of it fails."""


class SandboxError(KitError):
    """The sandbox cannot start or lost its footing: a fault of ours."""


class GradebookError(KitError):
    """The gradebook is locked, damaged or of another version."""


class SkeletonError(KitError):
    """The template cannot be built from the reference, or would leak it."""


class ExportError(KitError):
    """A result cannot be written in the format asked for."""
