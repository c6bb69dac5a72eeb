"""Archives of strangers: read in memory, a member at a time, nothing written.

Names of members are only ever compared, never used as a path, so no member can climb
out of anywhere; those that try are refused so that their author hears of it.
"""

from __future__ import annotations

import bz2
import collections
import dataclasses
import functools
import io
import lzma
import stat
import typing
import zipfile
import zlib
from collections.abc import Callable, Iterable

from autograder import machine
from autograder.errors import IntakeError, MachineError
from autograder.intake import caps, names, tarball
from autograder.messages import clean

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UNSUPPORTED = {b"Rar!\x1a\x07": "RAR", b"7z\xbc\xaf\x27\x1c": "7-Zip"}
_CENTRAL_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_SEPARATORS = ("/", "\\")
_XZ_MEMORY_BYTES = 128 * 1024**2
_ADVICE = "Hand in a zip of the folder nabla/."
_AGAIN = "Make it again and hand in the new one."


class _Stream(typing.Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, limit: int, /) -> bytes: ...


_COMPRESSED: dict[bytes, Callable[[], _Stream]] = {
    b"\x1f\x8b": functools.partial(zlib.decompressobj, wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": functools.partial(
        lzma.LZMADecompressor, memlimit=_XZ_MEMORY_BYTES
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Archive:
    """Members that may be read, and those that are refused with the reason."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]
    refused: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def open_archive(data: bytes) -> Archive:
    """Return the archive in `data`; its content decides the kind, not its name.

    Raises:
        IntakeError: if it is no archive, is damaged, or is too large.
    """
    if data.startswith(_ZIP):
        return _zip(data)
    for magic, kind in _UNSUPPORTED.items():
        if data.startswith(magic):
            raise IntakeError(f"The hand-in is a {kind} archive.", _ADVICE)
    for magic, make in _COMPRESSED.items():
        if data.startswith(magic):
            data = _decompress(data, make)
    if tarball.looks_like(data):
        return _tar(data)
    what = "is neither a folder nor a zip or tar archive" if data else "is empty"
    raise IntakeError(f"The hand-in {what}.", _ADVICE)


def looks_like(head: bytes) -> bool:
    """Tell whether a file that begins like that says it is an archive."""
    magics = (*_ZIP, *_UNSUPPORTED, *_COMPRESSED)
    return head.startswith(magics) or tarball.looks_like(head)


def require_few(count: int, limit: int) -> None:
    """Refuse more files than a package of a few modules can have.

    Raises:
        IntakeError: if `count` is above the limit.
    """
    if count > limit:
        raise IntakeError(f"The hand-in holds more than {limit:,} files.", _ADVICE)


def _zip(data: bytes) -> Archive:
    # Each entry carries this mark, so they are counted before any is parsed.
    require_few(data.count(_CENTRAL_ENTRY), caps.HEADERS)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as exc:  # a hostile file can raise anything from in there
        raise _damaged("zip", exc) from exc
    return members_of(archive)


def members_of(archive: zipfile.ZipFile, below: str = "") -> Archive:
    """Return what a zip holds in the folder `below`, such as "export/submission_1/"."""
    entries = [
        entry
        for entry in archive.infolist()
        if entry.filename.startswith(below) and not entry.filename.endswith(_SEPARATORS)
    ]
    named = ((e.filename[len(below) :], _zip_reason(e)) for e in entries)
    members, refused = _sort_out(named)
    total = sum(entry.file_size for entry in entries)
    note = (
        f"The archive would unpack to {caps.in_words(total)}; only the files of the"
        " assignment were taken from it."
    )
    return Archive(
        names=tuple(members),
        read=lambda name: _read_zip(archive, entries[members[name]]),
        refused=refused,
        notes=(note,) if total > caps.UNPACKED_BYTES else (),
    )


def _zip_reason(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "is a symbolic link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is no ordinary file"
    return ""


def _read_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    shown = f"'{clean(entry.filename, 120)}'"
    if entry.flag_bits & _ENCRYPTED:
        raise IntakeError(f"{shown} is encrypted.", "Make the zip without a password.")
    # Python unpacks a whole chunk of bzip2 or LZMA at once, however large it becomes.
    if entry.compress_type not in _METHODS:
        raise IntakeError(f"{shown} is compressed in an unusual way.", _ADVICE)
    _require_small(shown, entry.file_size)
    try:
        with machine.answers_for(shown), archive.open(entry) as file:
            return file.read(caps.FILE_BYTES)
    except MachineError:
        raise
    except Exception as exc:
        raise _damaged("zip", exc) from exc


def _decompress(data: bytes, make: Callable[[], _Stream]) -> bytes:
    """Return what the streams in `data` become, never more than the cap in memory."""
    unpacked = bytearray()
    for _ in range(caps.STREAMS):
        stream = make()
        try:
            left = caps.UNPACKED_BYTES + 1 - len(unpacked)
            unpacked += stream.decompress(data, left)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, MemoryError) as exc:
            raise _damaged("compressed", exc) from exc
        if len(unpacked) > caps.UNPACKED_BYTES:
            limit = caps.in_words(caps.UNPACKED_BYTES)
            raise IntakeError(f"The archive unpacks to more than {limit}.", _ADVICE)
        if not stream.eof:
            raise IntakeError("The compressed archive is incomplete.", _AGAIN)
        data = stream.unused_data.lstrip(b"\0")  # padding is allowed after the end
        if not data:
            return bytes(unpacked)
    raise IntakeError(f"The archive has more than {caps.STREAMS} parts.", _ADVICE)


def _tar(data: bytes) -> Archive:
    entries = list(tarball.entries(data))
    members, refused = _sort_out((entry.name, entry.reason) for entry in entries)

    def read(name: str) -> bytes:
        entry = entries[members[name]]
        _require_small(f"'{clean(name, 120)}'", entry.size)
        return data[entry.start : entry.start + entry.size]

    return Archive(tuple(members), read, refused)


def _sort_out(
    entries: Iterable[tuple[str, str]],
) -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    """Return the place of each usable member, and the refused names with reasons."""
    places: dict[str, list[int]] = collections.defaultdict(list)
    refused: dict[str, str] = {}
    for place, (raw, reason) in enumerate(entries):
        name, unsafe = names.member_name(raw)
        if not name or names.is_noise(name):
            continue
        places[name].append(place)
        if unsafe or reason:
            refused[name] = unsafe or reason
        elif len(places[name]) > 1:
            refused.setdefault(name, "is in the archive more than once")
    require_few(len(places), caps.MEMBERS)
    members = {name: where[0] for name, where in places.items() if name not in refused}
    return members, tuple(refused.items())


def _require_small(shown: str, size: int) -> None:
    if size > caps.FILE_BYTES:
        raise IntakeError(
            f"{shown} unpacks to {caps.in_words(size)}, at most"
            f" {caps.in_words(caps.FILE_BYTES)} are read."
        )


def _damaged(kind: str, exc: Exception) -> IntakeError:
    reason = clean(str(exc), 100) or type(exc).__name__
    return IntakeError(
        f"The {kind} archive is damaged or incomplete: {reason}.", _AGAIN
    )
