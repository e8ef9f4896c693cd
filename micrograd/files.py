"""Files read within bounds, and files written whole or not at all.  Standard library only.

* `read_text`: the text of a file, a pipe or a device, but never more than a limit;
* `replacing`: a file that takes another's place when it is complete; `write_atomically`: the same for a text; `put_in_place`: the same
  for a file that was written bit by bit.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20


def read_text(path: str | os.PathLike[str] | int, limit: int) -> str:
    """The UTF-8 text of a file, or of an open file by its number; a byte order mark is left out.

    Raises:
        OSError: it cannot be read, or has more bytes than the limit (``EFBIG``).  UnicodeDecodeError: it is not UTF-8 text, or has a NUL.
    """
    with open(path, "rb", buffering=0, closefd=not isinstance(path, int)) as file:
        data = _read(file, limit)
    return data.decode("utf-8-sig")


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """The bytes of a regular file.

    Raises:
        OSError: it cannot be read, is no regular file (``EINVAL``), or has more bytes than the limit (``EFBIG``).
    """
    with open(path, "rb", opener=_open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a named pipe that nobody writes to does not hold us up


def _read(file: FileIO, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := file.read(_PIECE):
        if (place := piece.find(b"\0")) >= 0:  # so that a device full of zeros is not read up to the limit
            raise UnicodeDecodeError("utf-8", piece, place, place + 1, "a NUL byte")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> OSError:
    return OSError(errno.EFBIG, f"larger than the {limit / 2**20:.0f} MB that are read at most")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file that takes the place of the one at the path when the block ends; if it ends with an error, nothing has changed.

    The file is on the disk before it is renamed.  It keeps the permissions of the one that it replaces, and a link goes on
    pointing to its file.  A device or a pipe cannot be replaced: it is written to.

    Raises:
        OSError: a full disk, no permission, no such folder, or a folder at the path.
    """
    target = Path(os.path.realpath(path))
    mode = _mode(path)
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            yield file
        return
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as reason:
        raise OSError(reason.errno, reason.strerror, os.fspath(path)) from None
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        _rename(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def put_in_place(complete: Path, target: Path) -> None:
    """Let a file that is complete, and in the same folder, take the place of another; it is on the disk before it is renamed.

    Raises:
        OSError: as `replacing`.
    """
    with complete.open("rb+") as file:
        os.fsync(file.fileno())
    _rename(complete, target)


def _rename(complete: Path, target: Path) -> None:
    os.replace(complete, target)
    _flush_folder(target.parent)


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Write a UTF-8 text so that a reader, now or after a crash, sees the old content or the new, never a part.

    Half of a surrogate pair is written as its escape, ``\\ud800``.

    Raises:
        OSError: as `replacing`.
    """
    data = text.encode("utf-8", "backslashreplace")
    with replacing(path) as file:
        file.write(data)


def _mode(path: str | os.PathLike[str]) -> int | None:
    try:
        return os.stat(path).st_mode
    except OSError:
        return None


def _flush_folder(folder: Path) -> None:
    """Flush a folder, so that a new name survives a power cut; not every system can do it."""
    with suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
