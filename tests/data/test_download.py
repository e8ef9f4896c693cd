"""Downloads, from servers of this process that behave well and badly."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.cli import main
from micrograd.data import DataError, write_idx
from micrograd.data import download as module
from micrograd.data.download import FILES, digest_is_right, download


class Server(ThreadingHTTPServer):
    """Serves a dict of files; the flags make it misbehave."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = True
        self.cut: int | None = None
        self.code: int | None = None
        self.announced: int | None = None
        self.endless = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        server, name, wanted = self.server, self.path.lstrip("/"), self.headers.get("Range")
        server.asked.append((name, wanted))
        if server.code is not None or name not in server.files:
            return self.send_error(server.code or 404)
        data, start = server.files[name], 0
        if wanted and server.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        if not server.endless:
            self.send_header("Content-Length", str(server.announced or len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:] if server.cut is None else data[start : start + server.cut])


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Four small files whose digests count as the published ones."""
    folder = tmp_path_factory.mktemp("source")
    rng = np.random.default_rng(0)
    found = {}
    for name in FILES:
        shape = (30, 28, 28) if "images" in name else (30,)
        write_idx(folder / name, rng.integers(0, 10, shape, dtype=np.uint8))
        found[name] = (folder / name).read_bytes()
    unpacked = tuple(hashlib.sha256(gzip.decompress(data)).hexdigest() for data in found.values())
    packed = tuple(hashlib.md5(data).hexdigest() for data in found.values())
    monkeypatch.setattr(module, "DIGESTS", {"mnist": unpacked, "fashion-mnist": packed})
    monkeypatch.setattr(module, "TIMEOUT", 5.0)
    return found


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, bytes]], Server]]:
    running: list[Server] = []

    def start(files: dict[str, bytes]) -> Server:
        server = Server(files)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


Serve = Callable[[dict[str, bytes]], Server]
LARGEST = FILES[0]


def whole(folder: Path, files: dict[str, bytes]) -> bool:
    return {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_good(name: str, files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server, folder = serve(files), tmp_path / "a" / "b"
    assert [path.name for path in download(name, folder, [server.url])] == list(FILES)
    assert whole(folder, files)
    assert [name for name, _ in server.asked] == list(FILES)
    download(name, folder, [server.url])
    assert len(server.asked) == 4  # what is there and right is kept
    (folder / LARGEST).write_bytes(b"something else")
    download(name, folder, [server.url])
    assert [name for name, _ in server.asked[4:]] == [LARGEST]
    assert whole(folder, files)


def test_a_part_is_continued(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    (tmp_path / f"{LARGEST}.part").write_bytes(files[LARGEST][:1000])
    download("mnist", tmp_path, [server.url])
    assert whole(tmp_path, files)
    assert server.asked[0] == (LARGEST, "bytes=1000-")


def test_a_server_that_ignores_range(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    server.ranges = False
    (tmp_path / f"{LARGEST}.part").write_bytes(files[LARGEST][:1000])
    download("mnist", tmp_path, [server.url])
    assert whole(tmp_path, files)
    assert len(server.asked) == 4


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_wrong_part_is_fetched_again(name: str, files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    (tmp_path / f"{LARGEST}.part").write_bytes(b"x" * 1000)
    download(name, tmp_path, [server.url])
    assert whole(tmp_path, files)
    assert [wanted for name, wanted in server.asked if name == LARGEST] == ["bytes=1000-", None]


@pytest.mark.parametrize("extra", [b"", b"more than the file has"])
def test_a_part_that_is_whole_or_too_long(extra: bytes, files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    (tmp_path / f"{LARGEST}.part").write_bytes(files[LARGEST] + extra)
    download("fashion-mnist", tmp_path, [server.url])  # the server answers 416
    assert whole(tmp_path, files)
    assert len(server.asked) == (5 if extra else 4)


def test_a_wrong_digest_and_then_the_next_mirror(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    bad, good = serve(dict.fromkeys(FILES, gzip.compress(b"wrong"))), serve(files)
    download("mnist", tmp_path, [bad.url, good.url])
    assert whole(tmp_path, files)
    assert len(bad.asked) == len(good.asked) == 4
    with pytest.raises(DataError, match="another digest than the published one"):
        download("mnist", tmp_path / "other", [bad.url])
    assert not list((tmp_path / "other").iterdir())


def test_a_cut_connection_is_continued(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    server.cut = len(files[LARGEST]) // 4 + 1
    download("mnist", tmp_path, [server.url])
    assert whole(tmp_path, files)
    assert len([name for name, _ in server.asked if name == LARGEST]) == 4


def test_a_connection_that_is_always_cut(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server, good = serve(files), serve(files)
    server.ranges, server.cut = False, 1000
    with pytest.raises(DataError, match="the connection was cut after 1000 bytes"):
        download("mnist", tmp_path, [server.url])
    assert (tmp_path / f"{LARGEST}.part").read_bytes() == files[LARGEST][:1000]
    download("mnist", tmp_path, [server.url, good.url])
    assert whole(tmp_path, files)
    assert good.asked[0] == (LARGEST, "bytes=1000-")


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("code", [404, 403, 416, 500])
def test_answers_that_are_errors(code: int, files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    server.code = code
    with pytest.raises(DataError, match=f"HTTP {code}") as caught:
        download("mnist", tmp_path, [server.url])
    assert LARGEST in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_nobody_answers(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{closed_port()}/"
    with pytest.raises(DataError, match=r"offline\?.*refused"):
        download("mnist", tmp_path, [nobody])
    with pytest.raises(DataError, match="unknown url type"):
        download("mnist", tmp_path, ["nonsense/"])
    download("mnist", tmp_path, [nobody, serve(files).url])
    assert whole(tmp_path, files)


def test_files_that_are_too_long(files: dict[str, bytes], serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(files)
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(DataError, match="bytes are announced, which is not that file"):
        download("mnist", tmp_path, [server.url])
    server.endless = True
    with pytest.raises(DataError, match="the file does not end"):
        download("mnist", tmp_path, [server.url])


def test_folders_that_cannot_be_used(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="file"):
        download("mnist", tmp_path / "file", [server.url])
    for name in (LARGEST, f"{LARGEST}.part"):
        (tmp_path / name / name).mkdir(parents=True)
        with pytest.raises(DataError, match=rf"{name}: Is a directory") as caught:
            download("mnist", tmp_path / name, [server.url, server.url])
        assert str(caught.value).startswith(str(tmp_path / name / name))  # the disk, not the network, is blamed
        assert "offline" not in str(caught.value)


FULL_DISK = """
import resource, sys
from pathlib import Path
from micrograd.data import DataError
from micrograd.data.download import download
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    download("mnist", Path(sys.argv[1]), [sys.argv[2]])
except DataError as reason:
    print(reason)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_full_disk(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    server = serve(files)
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path), server.url], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{tmp_path / LARGEST}.part: File too large\n", "")
    assert (tmp_path / f"{LARGEST}.part").read_bytes() == files[LARGEST][:2000]
    download("mnist", tmp_path, [server.url])  # there is room again
    assert whole(tmp_path, files)
    assert server.asked[1] == (LARGEST, "bytes=2000-")


def test_files_are_on_the_disk_before_they_are_in_their_place(
    files: dict[str, bytes], serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched(name: str, act: Callable[..., None]) -> Callable[..., None]:
        def wrapper(*arguments: object) -> None:
            steps.append(name)
            act(*arguments)

        return wrapper

    monkeypatch.setattr(os, "fsync", watched("sync", fsync))
    monkeypatch.setattr(os, "replace", watched("put", replace))
    download("mnist", tmp_path, [serve(files).url])
    assert steps in (["sync", "put"] * 4, ["sync", "put", "sync"] * 4)  # where folders can be flushed, the folder after it


def test_digests_of_unpacked_files(files: dict[str, bytes], tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(gzip.decompress(files[LARGEST]))
    assert digest_is_right(plain, "mnist", 0) is True
    assert digest_is_right(plain, "mnist", 2) is False
    assert digest_is_right(plain, "fashion-mnist", 0) is None  # only that of the gzipped file is published
    assert digest_is_right(tmp_path / "none", "fashion-mnist", 0) is False


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_info_says_whether_files_are_the_published_ones(
    name: str, files: dict[str, bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def info() -> dict[str, Any]:
        assert main(["data", "info", str(tmp_path), "--name", name, "--json"]) == 0
        return dict(json.loads(capfd.readouterr().out))

    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    facts = info()
    assert (facts["published"], [part["published"] for part in facts["files"]]) == (True, [True] * 4)
    assert [part["path"] for part in facts["files"]] == [str(tmp_path / file) for file in FILES]
    assert [part["shape"] for part in facts["files"]] == [[30, 28, 28], [30]] * 2
    (tmp_path / LARGEST).unlink()
    (tmp_path / LARGEST.removesuffix(".gz")).write_bytes(gzip.decompress(files[LARGEST]))
    assert info()["published"] is (True if name == "mnist" else None)
    write_idx(tmp_path / FILES[1], np.zeros(30, np.uint8))
    facts = info()
    assert (facts["published"], facts["files"][1]["published"]) == (False, False)
    assert main(["data", "info", str(tmp_path), "--name", name]) == 0
    out = capfd.readouterr().out
    assert f"from {tmp_path} (not the published files)" in out
    assert [str(tmp_path / FILES[1]) in line for line in out.splitlines() if "digest differs" in line] == [True]


def test_the_command(files: dict[str, bytes], serve: Serve, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server, folder = serve(files), tmp_path / "got"
    assert main(["data", "mnist", "--to", str(folder), "--mirror", server.url.rstrip("/")]) == 0
    assert capfd.readouterr() == (f"mnist is in {folder}, checked\n", "")
    assert main(["data", "info", "--data", str(folder)]) == 0
    assert "30 training and 30 test images" in capfd.readouterr().out
    server.code = 404
    assert main(["data", "mnist", "--to", str(tmp_path / "other"), "--mirror", server.url]) == 1
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("micrograd data: ")
