"""IDX files, the format of MNIST: a magic number, the dimensions, and the numbers, big-endian.

    0 0 type rank | rank × 4 bytes: dimensions | numbers

Nothing is believed before it is checked: the size that the header announces is compared with the size of the file before anything is
allocated, and a gzipped file is never unpacked beyond what its header announces.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from micrograd.data.errors import DataError
from micrograd.files import replacing

Array = npt.NDArray[Any]
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LIMIT = 1 << 34
"""Bytes that a gzipped file may unpack to unless told otherwise; a plain file's own size is its limit."""


def read_idx(path: str | os.PathLike[str], *, mmap: bool | None = False, limit: int = LIMIT) -> Array:
    """The array of an IDX file, plain or gzipped, in the machine's byte order.

    Args:
        path: the file.
        mmap: map a plain file of bytes into memory, read-only, so that it may be larger than the memory; a gzipped file, or one
            with numbers of more than one byte, is refused.  With None such files are read, and the others mapped.
        limit: bytes that a gzipped file may announce.

    Raises:
        DataError: not such a file; the message says what is wrong.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if file.read(2) == b"\x1f\x8b":
                if mmap:
                    raise DataError(f"{path} is gzipped and cannot be mapped into memory: unpack it first")
                return _read_gzip(path, limit)
            file.seek(0)
            dtype, shape, start = _header(path, file)
            _check_size(path, os.fstat(file.fileno()).st_size - start, dtype, shape)
            if mmap and dtype.itemsize > 1:
                raise DataError(f"{path} holds numbers of {dtype.itemsize} bytes; only bytes can be mapped into memory")
            count = math.prod(shape)
            if mmap is not False and dtype.itemsize == 1 and count:
                return _shaped(path, np.memmap(path, dtype, "r", start, (count,)), shape)
            return _shaped(path, np.fromfile(file, dtype, count), shape)
    except OSError as reason:
        raise DataError(f"{path}: {reason.strerror or reason}") from None
    except MemoryError:
        raise DataError(f"{path} is larger than the memory that is free") from None


def _header(path: Path, file: IO[bytes] | gzip.GzipFile) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    magic = file.read(4)
    if not magic:
        raise DataError(f"{path} is empty")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        raise DataError(f"{path} is not an IDX file: its magic number is 0x{magic.hex()}")
    rank = magic[3]
    raw = file.read(4 * rank)
    if len(raw) < 4 * rank:
        raise DataError(f"{path} is cut off within its header")
    if rank == 0 or rank > 32:
        raise DataError(f"{path} announces an array of {rank} dimensions; 1 to 32 are possible")
    return np.dtype(TYPES[magic[2]]), struct.unpack(f">{rank}I", raw), 4 + 4 * rank


def _check_size(path: Path, size: int, dtype: np.dtype[Any], shape: tuple[int, ...], found: str = "") -> None:
    wanted = math.prod(shape) * dtype.itemsize
    if size != wanted:
        what = "is cut off" if size < wanted else "has bytes left over"
        dimensions = " x ".join(str(n) for n in shape)
        raise DataError(f"{path} {what}: its header announces {dimensions} numbers, {wanted} bytes, and there are {found or size}")


def _read_gzip(path: Path, limit: int) -> Array:
    try:
        with gzip.open(path, "rb") as file:
            dtype, shape, _ = _header(path, file)
            wanted = math.prod(shape) * dtype.itemsize
            if wanted > limit:
                raise DataError(f"{path} announces {wanted} bytes, more than the limit of {limit}")
            if wanted > 1032 * (path.stat().st_size + 32):  # gzip packs no tighter
                raise DataError(f"{path} is cut off: its header announces {wanted} bytes, more than it can hold")
            flat = np.empty(wanted, np.uint8)
            view, got = flat.data, 0
            while got < wanted:
                count = file.readinto(view[got : got + (1 << 20)])
                if not count:
                    break
                got += count
            if file.read(1):
                _check_size(path, wanted + 1, dtype, shape, "more")
            _check_size(path, got, dtype, shape)
    except EOFError:
        raise DataError(f"{path} is cut off within its gzipped data") from None
    except (zlib.error, gzip.BadGzipFile) as reason:
        raise DataError(f"{path} has damaged gzipped data: {reason}") from None
    return _shaped(path, flat.view(dtype), shape)


def _shaped(path: Path, flat: Array, shape: tuple[int, ...]) -> Array:
    """The numbers in their shape, and in the machine's byte order."""
    try:
        shaped = flat.reshape(shape)
    except ValueError:  # one dimension is 0, and the product of the others is beyond what NumPy can count
        raise DataError(f"{path} announces {' x '.join(str(n) for n in shape)} numbers, which no array can have") from None
    return shaped if shaped.dtype.isnative else shaped.astype(shaped.dtype.newbyteorder("="))


def write_idx(path: str | os.PathLike[str], array: npt.ArrayLike) -> None:
    """Write an array as an IDX file, gzipped if the name ends in ``.gz``: whole or not at all, the same bytes every time.

    Raises:
        DataError: an array of another kind, or the file cannot be written.
    """
    path, numbers = Path(path), np.asarray(array)
    code = next((c for c, text in TYPES.items() if np.dtype(text).newbyteorder("=") == numbers.dtype.newbyteorder("=")), None)
    if code is None or not 1 <= numbers.ndim <= 32 or any(n >= 1 << 32 for n in numbers.shape):
        raise DataError(f"{path}: an array of {numbers.dtype} with shape {numbers.shape} has no IDX form")
    header = bytes((0, 0, code, numbers.ndim)) + struct.pack(f">{numbers.ndim}I", *numbers.shape)
    body = np.ascontiguousarray(numbers, TYPES[code])
    try:
        with replacing(path) as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    packed.write(header)
                    packed.write(body.reshape(-1).view(np.uint8).data)
            else:
                file.write(header)
                file.write(body.reshape(-1).view(np.uint8).data)
    except OSError as reason:
        raise DataError(f"{path}: {reason.strerror or reason}") from None
