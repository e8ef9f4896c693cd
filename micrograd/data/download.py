"""Downloading the files of MNIST and Fashion-MNIST, with checks.

The mirrors are tried in turn; a file that was cut off is continued; a file is only put in its place when its digest is right: SHA-256 of
the unpacked content for MNIST, MD5 of the gzipped file (as its authors publish it) for Fashion-MNIST.  MD5 finds damage, not malice: who
can write a gzipped file with the same MD5 on purpose can pass the second check.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from micrograd.data.errors import DataError
from micrograd.files import put_in_place
from micrograd.terminal import progress

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
}
FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
DIGESTS = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion-mnist": (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
}
TIMEOUT = 30.0
CHUNK = 1 << 16
MAX_BYTES = 200 << 20
"""A file that is longer is not the right one."""


def digest_is_right(path: Path, name: str, place: int) -> bool | None:
    """Whether a file, gzipped or plain, has the published digest; None for a plain one of which only the gzipped form's is published."""
    wanted = DIGESTS[name][place]
    of_gzipped = len(wanted) == 32
    digest, size = hashlib.md5(usedforsecurity=False) if of_gzipped else hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
        if of_gzipped and not gzipped:
            return None
        with gzip.open(path, "rb") if gzipped and not of_gzipped else path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
                if size > MAX_BYTES:
                    return False
    except (OSError, EOFError, zlib.error):
        return False
    return digest.hexdigest() == wanted


def download(name: str, folder: Path, mirrors: Sequence[str] | None = None, *, quiet: bool = False) -> list[Path]:
    """Fetch the four files of a data set into a folder; those that are there already, and right, are kept.

    Raises:
        DataError: no mirror has the file, there is no connection, or the folder cannot be written to; what is complete stays.
    """
    with _on_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    found = []
    for place, file in enumerate(FILES):
        target = folder / file
        if not digest_is_right(target, name, place):
            _fetch(name, place, target, mirrors or MIRRORS[name], quiet)
        found.append(target)
    return found


def _fetch(name: str, place: int, target: Path, mirrors: Sequence[str], quiet: bool) -> None:
    partial = target.with_name(target.name + ".part")
    reasons: list[str] = []
    for mirror in mirrors:
        url = mirror + target.name
        try:
            for _ in range(2 if _size(partial) else 1):  # what is continued may be wrong: then once more from the start
                _get_whole(url, partial, quiet)
                if digest_is_right(partial, name, place):
                    with _on_disk(target):
                        return put_in_place(partial, target)
                with _on_disk(partial):
                    partial.unlink(missing_ok=True)
            reasons.append(f"{url}: the file has another digest than the published one")
        except DataError:  # of the disk: another mirror does not help
            raise
        except (OSError, http.client.HTTPException, ValueError) as reason:
            reasons.append(f"{url}: {getattr(reason, 'reason', None) or reason}")
    raise DataError(f"{target} could not be fetched (offline?): {'; '.join(reasons)}")


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    """Errors of the disk name the path, and are not taken for those of the network."""
    try:
        yield
    except OSError as reason:
        raise DataError(f"{path}: {reason.strerror or reason}") from None


def _append(file: IO[bytes], path: Path, data: bytes) -> None:
    left = memoryview(data)
    with _on_disk(path):
        while left:
            left = left[file.write(left) :]


def _get_whole(url: str, partial: Path, quiet: bool) -> None:
    """Fetch a file, going on where the connection is cut as long as that helps.

    Raises:
        OSError, HTTPException, ValueError: it cannot be had here; what came stays in the partial file.
        DataError: the partial file cannot be written.
    """
    before = -1
    while not _get(url, partial, quiet):
        before, last = _size(partial), before
        if before <= last:
            raise ConnectionError(f"the connection was cut after {before} bytes")


def _size(path: Path) -> int:
    with _on_disk(path):
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0


def _get(url: str, partial: Path, quiet: bool) -> bool:
    """Fetch a file, continuing a part that is there; whether all that was announced has come."""
    have = _size(partial)
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as reason:
        reason.close()
        if reason.code == 416 and have:  # nothing is left to send: what is there is whole, or wrong
            return True
        raise ValueError(f"HTTP {reason.code} {reason.reason}") from None
    with response:
        if have and response.status != 206:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        if total is not None and total > MAX_BYTES:
            raise ValueError(f"{total} bytes are announced, which is not that file")
        with _on_disk(partial):
            target = partial.open("ab" if have else "wb", buffering=0)  # so that closing it has nothing left to write
        title = partial.name.removesuffix(".part")
        with target as file, progress(total, "B", quiet=quiet, initial=have, unit_scale=True, desc=title) as bar:
            while chunk := response.read(CHUNK):
                have += len(chunk)
                if have > MAX_BYTES:
                    raise ValueError("the file does not end")
                _append(file, partial, chunk)
                bar.update(len(chunk))
    return total is None or have >= total
