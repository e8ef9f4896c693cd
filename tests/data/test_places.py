"""Folders that cannot be looked into, users without a home, options that contradict each other, and the guide."""

from __future__ import annotations

import doctest
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from micrograd.cli import main
from micrograd.data import load_mnist, write_idx

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "data.md"

UNPRIVILEGED = """
import ctypes, os, sys
from pathlib import Path
from micrograd.data import DataError, load_mnist, read_idx
from micrograd.data.download import download
from micrograd.data.inventory import inventory
if os.geteuid() == 0:  # root, but without the privilege of reading and writing everything
    assert ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()) == 0
locked = Path(sys.argv[1])
for variables, what in WHAT:
    for name in ("HOME", "XDG_CACHE_HOME", "MICROGRAD_DATA"):
        os.environ.pop(name, None)
    os.environ.update(dict.fromkeys(variables, str(locked)))
    try:
        print(eval(what))
    except DataError as reason:
        print("DataError:", reason)
"""
LOCKED: list[tuple[tuple[str, ...], str, str]] = [
    ((), "read_idx(locked / 'file')", "DataError: {locked}/file: Permission denied"),
    ((), "load_mnist(locked)", "DataError: {locked}/train-images-idx3-ubyte: Permission denied"),
    (("MICROGRAD_DATA",), "load_mnist()", "DataError: {locked}/mnist/train-images-idx3-ubyte: Permission denied"),
    (("XDG_CACHE_HOME",), "load_mnist().source", "the sample in this package"),
    (("HOME",), "load_mnist().source", "the sample in this package"),
    (("HOME",), "inventory()[0].sample", "True"),
    ((), "download('mnist', locked, ['http://127.0.0.1:9/'])", "DataError: {locked}/train-images-idx3-ubyte.gz.part: Permission denied"),
    ((), "download('mnist', locked / 'new', ['http://127.0.0.1:9/'])", "DataError: {locked}/new: Permission denied"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's privileges as Linux does it")
def test_folders_that_may_not_be_looked_into(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    program = UNPRIVILEGED.replace("WHAT", repr([(variables, what) for variables, what, _ in LOCKED]))
    done = subprocess.run([sys.executable, "-c", program, str(locked)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [wanted.format(locked=locked) for *_, wanted in LOCKED]


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "MICROGRAD_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert load_mnist().sample
    assert main(["data", "mnist"]) == 1
    wanted = "micrograd data: there is no home folder for downloads: name another with --to or $XDG_CACHE_HOME\n"
    assert capfd.readouterr() == ("", wanted)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["mnist", "somewhere"], "the folder to download to is given with --to DIR"),
        (["fashion-mnist", "--data", "somewhere"], "the folder to download to is given with --to DIR"),
        (["info", "a", "--data", "b"], "the folder is given twice: a and --data b"),
        (["info", "--to", "a"], "--to and --mirror are for downloads, not for info"),
        (["show", "--mirror", "a"], "--to and --mirror are for downloads, not for show"),
        (["show", "--count", "-1"], "--count is at least 0, not -1"),
        (["show", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_options_that_make_no_sense(arguments: list[str], wanted: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["data", *arguments]) == 2
    assert capfd.readouterr() == ("", f"micrograd data: {wanted}\n")


def test_loading_needs_little_more_than_the_data(tmp_path: Path) -> None:
    count = 25_000
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", np.zeros((count if part == "train" else 1, 28, 28), np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.zeros(count if part == "train" else 1, np.uint8))
    tracemalloc.start()
    found = load_mnist(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(a.nbytes for a in (found.train_images, found.train_labels, found.test_images, found.test_labels))
    assert held == (count + 1) * 785
    assert peak < held + (4 << 20)  # 1 MiB is unpacked at a time, and zlib's pieces and their sum are held at once: constant, not a copy


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MICROGRAD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(GUIDE), module_relative=False)
    assert result.attempted >= 8
    assert result.failed == 0
