"""Checkpoints: what is saved comes back bit for bit; what goes wrong is one line, and leaves the old file alone."""

from __future__ import annotations

import errno
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.nn import CheckpointError, Linear, Sequential, Tanh, load, load_model, save, save_model

pytest.importorskip("safetensors")


def model(width: int = 4, seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    return Sequential(Linear(3, width, rng=rng), Tanh(), Linear(width, 2, rng=rng))


TENSORS: dict[str, Any] = {
    "f64": np.random.default_rng(0).standard_normal((3, 2)),
    "f32": np.array([1.5, -0.0, np.inf, np.nan], np.float32),
    "f16": np.ones(3, np.float16),
    "u8": np.arange(5, dtype=np.uint8),
    "i64": np.array(7, np.int64),
    "bool": np.array([True, False]),
    "empty": np.zeros((0, 3)),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "every second": np.arange(6.0)[::2],
    "big-endian": np.arange(3.0).astype(">f8"),
    "unicode é": np.ones(1),
}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(path, TENSORS, {"who": "Zoë", "empty": ""})
    tensors, metadata = load(path)
    assert metadata == {"who": "Zoë", "empty": ""}
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        found = tensors[name]
        assert (found.dtype, found.shape) == (tensor.dtype.newbyteorder("="), tensor.shape)
        assert found.tobytes() == tensor.astype(found.dtype).tobytes(), name
        assert found.flags.writeable
    save(str(path), {})
    assert load(path) == ({}, {})


def test_models_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(path, model(), {"epoch": "3"})
    other = model(seed=1)
    assert load_model(path, other) == {"architecture": repr(other), "epoch": "3"}
    assert all(np.array_equal(a, b) for a, b in zip(model().arrays().values(), other.arrays().values(), strict=True))


def test_a_checkpoint_of_another_architecture(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(path, model(5))
    mine = model()
    before = mine.state_dict()
    with pytest.raises(CheckpointError) as caught:
        load_model(path, mine)
    assert "is a checkpoint of Sequential(Linear(3, 5), Tanh(), Linear(5, 2)), not of Sequential(Linear(3, 4)" in str(caught.value)
    assert "0.weight has shape (3, 5), not (3, 4)" in str(caught.value)
    save(path, {"x": np.ones(1)})
    with pytest.raises(CheckpointError, match="is a checkpoint that does not fit"):
        load_model(path, mine)
    assert all(np.array_equal(before[name], array) for name, array in mine.arrays().items())


def one_line(error: BaseException, path: Path) -> str:
    text = str(error)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"PK\x03\x04 something else altogether", "is not a safetensors file", id="zip"),
        pytest.param(b"\x80\x04\x95", "is not a safetensors file", id="pickle"),
        pytest.param(struct.pack("<Q", 9) + b"{not json", "is not a safetensors file", id="not json"),
        pytest.param(struct.pack("<Q", 2) + b"{}", None, id="no arrays"),
        pytest.param(struct.pack("<Q", 22) + b'{"__metadata__": null}', None, id="null metadata"),
        pytest.param(struct.pack("<Q", 19) + b'{"__metadata__": 5}', "is damaged", id="metadata that are none"),
        pytest.param(struct.pack("<Q", 8) + b'{"a": 1}', "is not a safetensors file", id="another json"),
        pytest.param(struct.pack("<Q", 900) + b'{"a": 1}', "is truncated: its header has 900 bytes, 8 are there", id="header"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, data: bytes, message: str | None) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    if message is None:
        assert load(path) == ({}, {})
        return
    with pytest.raises(CheckpointError, match=message) as caught:
        load(path)
    one_line(caught.value, path)


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save(path, {"a": np.arange(5.0), "b": np.ones(2)}, {"k": "v"})
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(CheckpointError) as caught:
            load(path)
        text = one_line(caught.value, path)
        assert length < 9 or "truncated" in text


def test_a_damaged_header_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    header = json.dumps({"a": {"dtype": "F64", "shape": [3], "data_offsets": [0, 16]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))
    with pytest.raises(CheckpointError, match="is damaged") as caught:
        load(path)
    one_line(caught.value, path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read: no such file"):
        load(tmp_path / "none")
    with pytest.raises(CheckpointError, match="cannot be read: this is a folder"):
        load(tmp_path)
    with pytest.raises(CheckpointError, match="was not written: no such file or folder"):
        save(tmp_path / "none" / "a", {})
    with pytest.raises(CheckpointError, match="was not written: this is a folder"):
        save(tmp_path, {})


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EDQUOT, "the disk quota is used up"),
    ],
)
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str) -> None:
    path = tmp_path / "a.safetensors"
    save(path, {"a": np.ones(2)})

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CheckpointError, match=f"was not written: {message}") as caught:
        save(path, {"a": np.zeros(2)})
    one_line(caught.value, path)
    assert load(path)[0]["a"].tolist() == [1.0, 1.0]
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of file sizes")
def test_a_full_disk(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "a.safetensors"
    save(path, {"a": np.ones(2)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        with pytest.raises(CheckpointError, match="larger than allowed"):
            save(path, {"a": np.zeros(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert load(path)[0]["a"].tolist() == [1.0, 1.0]
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CheckpointError, match="no permission"):
            save(tmp_path / "a", {})
    finally:
        tmp_path.chmod(0o700)


def test_an_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "a", {"a": np.ones(2)})
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_links_are_followed_and_the_mode_is_the_usual_one(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "b"
    link.symlink_to(path)
    save(link, {"a": np.ones(2)})
    assert link.is_symlink()
    assert load(path)[0]["a"].tolist() == [1.0, 1.0]
    usual = tmp_path / "c"
    usual.write_bytes(b"")
    assert path.stat().st_mode == usual.stat().st_mode


def test_what_is_not_an_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="save: a must be an array of numbers, not of object"):
        save(tmp_path / "a", {"a": np.array([object()])})
    with pytest.raises(TypeError, match="metadata are texts by name; 'epoch' is a int"):
        save(tmp_path / "a", {}, {"epoch": 3})  # type: ignore[dict-item]
    assert os.listdir(tmp_path) == []


def test_without_safetensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    for act in (lambda: save(tmp_path / "a", {}), lambda: load(tmp_path / "a")):
        with pytest.raises(CheckpointError, match=r"need the package safetensors: pip install 'micrograd-verified\[train\]'"):
            act()
