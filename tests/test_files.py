"""Files written whole or not at all, and read within bounds."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from micrograd.files import read_bytes, read_text, replacing, write_atomically

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="permissions, links, devices and pipes")


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_file_is_replaced_in_one_step(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_in_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.write("half of the new")  # type: ignore[call-overload]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_texts_are_utf8_and_half_a_pair_is_an_escape(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", "⊢ \ud800\r\n")
    assert (tmp_path / "file").read_bytes() == b"\xe2\x8a\xa2 \\ud800\r\n"


def test_long_names(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    write_atomically(path, "text")
    assert path.read_text() == "text"


@POSIX
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    before = os.umask(0o027)
    try:
        write_atomically(path, "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    link.symlink_to(path)
    write_atomically(link, "newer")
    assert link.is_symlink()
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("newer", 0o604)


@POSIX
def test_devices_and_pipes_are_written_to(tmp_path: Path) -> None:
    write_atomically("/dev/null", "text")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(read_text(pipe, 100)))
    reader.start()
    write_atomically(pipe, "text")
    reader.join()
    assert found == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "file"):
        with pytest.raises(OSError) as caught:
            write_atomically(path, "text")
        assert caught.value.filename == str(path)
    assert not list(tmp_path.iterdir())


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbf" + "é".encode())
    assert read_text(path, 5) == "é"
    assert read_bytes(path, 5) == path.read_bytes()
    for read in (read_text, read_bytes):
        with pytest.raises(OSError) as caught:
            read(path, 4)
        assert caught.value.errno == errno.EFBIG
    path.write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_text(path, 5)


@POSIX
def test_devices_and_pipes_do_not_hold_us_up(tmp_path: Path) -> None:
    with pytest.raises(UnicodeDecodeError, match="NUL"):
        read_text("/dev/zero", 1 << 40)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        with pytest.raises(OSError, match="not a regular file"):
            read_bytes(path, 100)
