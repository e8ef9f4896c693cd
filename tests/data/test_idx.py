"""IDX files: round trips, and every way in which one can be wrong."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from micrograd.data import DataError, read_idx, write_idx

SMALL = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
HEADER = b"\0\0\x08\x03" + struct.pack(">3I", 2, 3, 4)


@given(
    array=hnp.arrays(
        st.sampled_from([np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]),
        hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
    ),
    packed=st.booleans(),
)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, array: Any, packed: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if packed else "a")
    write_idx(path, array)
    again = read_idx(path)
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()
    assert again.shape == array.shape


def test_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(HEADER + bytes(range(24)))
    assert np.array_equal(read_idx(path), SMALL)
    mapped = read_idx(path, mmap=True)
    assert isinstance(mapped, np.memmap)
    assert np.array_equal(mapped, SMALL)
    assert not mapped.flags.writeable


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    write_idx(tmp_path / "a.gz", SMALL)
    write_idx(tmp_path / "b.gz", SMALL)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


BAD = {
    "empty": (b"", "empty"),
    "magic": (b"\x01\0\x08\x03" + HEADER[4:], "magic"),
    "type": (b"\0\0\x07\x03" + HEADER[4:], "magic"),
    "short magic": (b"\0\0", "magic"),
    "header": (HEADER[:9], "header"),
    "no dimensions": (b"\0\0\x08\0", "dimensions"),
    "truncated": (HEADER + bytes(23), "cut off"),
    "trailing": (HEADER + bytes(25), "left over"),
    "huge": (b"\0\0\x08\x03" + b"\xff" * 12 + bytes(24), "cut off"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("packed", [False, True])
def test_bad_files(tmp_path: Path, name: str, packed: bool) -> None:
    content, reason = BAD[name]
    path = tmp_path / "bad"
    path.write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    with pytest.raises(DataError, match=reason if not (packed and name == "huge") else "announces") as caught:
        read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_gzip_bombs_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(HEADER + bytes(100_000_000)))
    tracemalloc.start()
    with pytest.raises(DataError, match="left over"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    path.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 50_000_000) + bytes(50_000_000)))
    with pytest.raises(DataError, match="limit"):
        read_idx(path, limit=1_000_000)


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="cut off"):
        read_idx(path)
    path.write_bytes(whole[:2000] + b"\xff" * 50 + whole[2050:])
    with pytest.raises(DataError):
        read_idx(path)


def test_directories_missing_files_and_maps(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="directory"):
        read_idx(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        read_idx(tmp_path / "none")
    write_idx(tmp_path / "a.gz", SMALL)
    with pytest.raises(DataError, match="gzipped"):
        read_idx(tmp_path / "a.gz", mmap=True)
    write_idx(tmp_path / "f", SMALL.astype(np.float32))
    with pytest.raises(DataError, match="bytes"):
        read_idx(tmp_path / "f", mmap=True)
    with pytest.raises(DataError, match="no IDX form"):
        write_idx(tmp_path / "c", np.zeros(3, complex))
