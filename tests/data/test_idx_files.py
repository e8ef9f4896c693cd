"""IDX files made by hand, hostile files, and what a failed write leaves behind."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from micrograd.data import DataError, read_idx, write_idx

BY_HAND: dict[str, tuple[bytes, Any]] = {
    "uint8": (b"\0\0\x08\x01\0\0\0\x03\x01\x02\xff", np.array([1, 2, 255], np.uint8)),
    "int8": (b"\0\0\x09\x02\0\0\0\x01\0\0\0\x02\xff\x7f", np.array([[-1, 127]], np.int8)),
    "int16": (b"\0\0\x0b\x01\0\0\0\x02\x01\x00\xff\xfe", np.array([256, -2], np.int16)),
    "int32": (b"\0\0\x0c\x01\0\0\0\x01\x00\x00\x01\x02", np.array([258], np.int32)),
    "float32": (b"\0\0\x0d\x01\0\0\0\x01\x3f\x80\0\0", np.array([1.0], np.float32)),
    "float64": (b"\0\0\x0e\x01\0\0\0\x01\xc0\0\0\0\0\0\0\0", np.array([-2.0])),
}
ROOT_MAY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")


def header(*shape: int, code: int = 0x08) -> bytes:
    return bytes((0, 0, code, len(shape))) + struct.pack(f">{len(shape)}I", *shape)


def refused(path: Path, **options: Any) -> str:
    """The one line of the error, which names the file; nothing large was allocated for it."""
    tracemalloc.start()
    with pytest.raises(DataError) as caught:
        read_idx(path, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    assert peak < 5 << 20
    return text


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", BY_HAND)
def test_both_directions(name: str, packed: bool, tmp_path: Path) -> None:
    raw, wanted = BY_HAND[name]
    path = tmp_path / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(raw) if packed else raw)
    found = read_idx(path)
    assert found.dtype == wanted.dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, wanted)
    write_idx(path, wanted)
    written = path.read_bytes()
    assert (gzip.decompress(written) if packed else written) == raw


@given(
    array=hnp.arrays(
        st.sampled_from([np.dtype(name) for name in BY_HAND]), hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
    ),
    packed=st.booleans(),
)
def test_arrays_in_another_order(tmp_path_factory: pytest.TempPathFactory, array: Any, packed: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if packed else "a")
    for other in (np.asfortranarray(array), array.astype(array.dtype.newbyteorder("S"))):
        write_idx(path, other)
        found = read_idx(path)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()
    if array.dtype.itemsize == 1 and not packed:
        assert read_idx(path, mmap=True).tobytes() == array.tobytes()


def test_mapping_what_can_be_mapped(tmp_path: Path) -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_idx(tmp_path / "plain", images)
    write_idx(tmp_path / "packed.gz", images)
    write_idx(tmp_path / "wide", images.astype(np.int32))
    assert isinstance(read_idx(tmp_path / "plain", mmap=None), np.memmap)
    for name in ("packed.gz", "wide"):
        found = read_idx(tmp_path / name, mmap=None)
        assert not isinstance(found, np.memmap)
        np.testing.assert_array_equal(found, images)


BAD: dict[str, tuple[bytes, str]] = {
    "short": (b"\0\0", "not an IDX file: its magic number is 0x0000"),
    "magic": (b"PK\x03\x04 something", "not an IDX file: its magic number is 0x504b0304"),
    "too many dimensions": (header(*[1] * 33) + b"a", "33 dimensions"),
    "cut off": (header(2, 2) + b"abc", "is cut off: its header announces 2 x 2 numbers, 4 bytes, and there are 3"),
    "left over": (header(2, 2) + b"abcde", "has bytes left over: its header announces 2 x 2 numbers, 4 bytes, and there are"),
    "dimensions exchanged": (header(2, 3, code=0x0D) + bytes(20), "24 bytes, and there are 20"),
    "largest dimension": (header(2**32 - 1) + b"abc", "4294967295 bytes"),
    "largest dimensions": (header(*[2**32 - 1] * 3) + b"abc", "79228162458924105385300197375 bytes"),
    "a large dimension": (header(1 << 28) + b"abc", "268435456 bytes"),
    "no numbers, huge dimensions": (header(0, *[2**32 - 1] * 3), "which no array can have"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(name: str, packed: bool, tmp_path: Path) -> None:
    raw, wanted = BAD[name]
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    assert wanted in refused(path)


@pytest.mark.parametrize(
    ("shape", "options", "wanted"),
    [
        pytest.param((28,), {}, "bytes left over", id="small header"),
        pytest.param((1 << 31,), {}, "more than it can hold", id="lying header"),
        pytest.param((1 << 30,), {"limit": 1 << 28}, "the limit of", id="above the limit"),
    ],
)
def test_a_gigabyte_of_zeros_is_not_unpacked(shape: tuple[int, ...], options: dict[str, int], wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(header(*shape)) + 64 * gzip.compress(bytes(1 << 24)))
    assert wanted in refused(path, **options)


def test_damaged_gzipped_data(tmp_path: Path) -> None:
    whole = gzip.compress(header(1000) + np.random.default_rng(0).bytes(1000))
    path = tmp_path / "a.gz"
    for content, wanted in {
        whole[:500]: "cut off within its gzipped data",
        whole[:-3]: "cut off within its gzipped data",
        whole[:-8] + bytes(4) + whole[-4:]: "damaged gzipped data",
        whole[:12] + b"\xff\xff\xff" + whole[15:]: "damaged gzipped data",
        whole + b"something": "damaged gzipped data",
    }.items():
        path.write_bytes(content)
        assert wanted in refused(path)


def test_every_truncation_and_every_flipped_byte(tmp_path: Path) -> None:
    raw = header(3, 2) + b"abcdef"
    path = tmp_path / "file"
    for packed in (raw, gzip.compress(raw)):
        for cut in range(len(packed)):
            path.write_bytes(packed[:cut])
            refused(path)
        for place in range(len(packed)):
            path.write_bytes(packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :])
            with suppress(DataError):  # another error fails the test
                read_idx(path)


def test_places_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        write_idx(tmp_path / "no" / "file", np.zeros(3, np.uint8))
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="directory"):
        write_idx(tmp_path / "folder", np.zeros(3, np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@ROOT_MAY
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_idx(path, np.zeros(3, np.uint8))
    path.chmod(0)
    assert "Permission denied" in refused(path)


@pytest.mark.parametrize("array", [np.float32(1), np.zeros(3, np.uint16), np.zeros(3, bool), np.array(["a"])], ids=str)
def test_arrays_without_an_idx_form(array: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no IDX form"):
        write_idx(tmp_path / "file", array)
    assert not list(tmp_path.iterdir())


FULL_DISK = """
import resource, sys
import numpy as np
from micrograd.data import DataError, write_idx
resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))
try:
    write_idx(sys.argv[1], np.random.default_rng(0).integers(0, 256, 100000, dtype=np.uint8))
except DataError as reason:
    print(reason)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_full_disk_leaves_the_old_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    old = np.arange(10, dtype=np.uint8)
    write_idx(path, old)
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(path))
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    np.testing.assert_array_equal(read_idx(path), old)
    assert [p.name for p in tmp_path.iterdir()] == [name]


SPARSE = """
import os, resource, sys
from micrograd.data import DataError, read_idx
with open(sys.argv[1], "wb") as file:
    file.write(bytes.fromhex("0000080140000000"))
    file.truncate(8 + (1 << 30))
resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))
try:
    read_idx(sys.argv[1])
except DataError as reason:
    print(reason)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS and sparse files")
def test_a_file_larger_than_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "large"
    done = subprocess.run([sys.executable, "-c", SPARSE, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path} is larger than the memory that is free\n"


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    write_idx(tmp_path / "a", np.zeros(3, np.uint8))
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_idx(tmp_path / "a", np.ones(3, np.uint8))
    monkeypatch.undo()
    assert read_idx(tmp_path / "a").tolist() == [0, 0, 0]
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
