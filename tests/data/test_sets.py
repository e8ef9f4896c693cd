"""Data sets: MNIST from files and from the package, downloads from a server of our own, points of the plane."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.data import DataError, linear, load_mnist, moons, spirals, write_idx, xor
from micrograd.data import download as downloads
from micrograd.data.mnist import PARTS, SAMPLE

REAL = Path(__file__).parents[3] / "shared" / "data" / "mnist"


@pytest.fixture(autouse=True)
def _nothing_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MICROGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write_set(folder: Path, count: int = 5, ending: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for kind in ("train", "t10k"):
        write_idx(folder / f"{kind}-images-idx3-ubyte{ending}", rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        write_idx(folder / f"{kind}-labels-idx1-ubyte{ending}", rng.integers(0, 10, count, dtype=np.uint8))


def test_the_sample() -> None:
    found = load_mnist()
    assert found.sample
    assert found.train_images.shape == (2000, 28, 28)
    assert found.test_images.shape == (500, 28, 28)
    assert set(found.train_labels.tolist()) == set(range(10))
    assert "CC" in (SAMPLE / "ATTRIBUTION.txt").read_text() or "Creative Commons" in (SAMPLE / "ATTRIBUTION.txt").read_text()


@pytest.mark.skipif(not REAL.is_dir(), reason="the whole of MNIST is not here")
def test_the_sample_is_genuine() -> None:
    whole, sample = load_mnist(REAL), load_mnist()
    assert not whole.sample
    assert np.array_equal(whole.train_images[:2000], sample.train_images)
    assert np.array_equal(whole.test_labels[:500], sample.test_labels)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    write_set(tmp_path / "d", ending=ending)
    assert len(load_mnist(tmp_path / "d").train_images) == 5
    monkeypatch.setenv("MICROGRAD_DATA", str(tmp_path / "d"))
    assert not load_mnist().sample
    if not ending:
        assert isinstance(load_mnist(tmp_path / "d", mmap=True).train_images, np.memmap)


def test_bad_sets(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    write_set(folder)
    write_idx(folder / "train-labels-idx1-ubyte", np.zeros(4, np.uint8))
    with pytest.raises(DataError, match=r"5 .*4 labels"):
        load_mnist(folder)
    write_idx(folder / "train-labels-idx1-ubyte", np.full(5, 10, np.uint8))
    with pytest.raises(DataError, match="labels are 0 to 9"):
        load_mnist(folder)
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="train-labels"):
        load_mnist(folder)
    with pytest.raises(DataError, match="not a folder"):
        load_mnist(tmp_path / "none")
    with pytest.raises(DataError, match="micrograd data"):
        load_mnist(name="fashion-mnist")


def test_points_of_the_plane() -> None:
    def fresh() -> np.random.Generator:
        return np.random.default_rng(3)

    assert xor()[0].shape == (4, 2)
    for make in (linear, moons, spirals):
        inputs, labels = make(120, rng=fresh())
        again, _ = make(120, rng=fresh())
        assert np.array_equal(inputs, again)
        assert inputs.shape == (120, 2)
        assert len(set(labels.tolist())) == (3 if make is spirals else 2)
        with pytest.raises(ValueError, match="points"):
            make(1, rng=fresh())


# --- downloads


class Server:
    """Serves the files of a folder; ``mode`` says how badly."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mode, self.ranges = folder, "good", 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: Any) -> None: ...

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def answer(self, request: Any) -> None:
        path = self.folder / request.path.lstrip("/")
        if self.mode == "missing" or not path.is_file():
            request.send_error(404)
            return
        data = path.read_bytes() if self.mode != "wrong" else gzip.compress(b"something else")
        start = 0
        if request.headers.get("Range") and self.mode != "ignore":
            self.ranges += 1
            start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                request.send_error(416)
                return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        body = data[start:]
        request.wfile.write(body[: len(body) // 2] if self.mode == "cut" else body)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = tmp_path / "server"
    write_set(folder, ending=".gz")
    digests = tuple(hashlib.sha256(gzip.decompress((folder / f).read_bytes())).hexdigest() for f in downloads.FILES)
    monkeypatch.setitem(downloads.DIGESTS, "mnist", digests)
    found = Server(folder)
    yield found
    found.http.shutdown()
    found.http.server_close()


def test_download_and_keep(server: Server, tmp_path: Path) -> None:
    paths = downloads.download("mnist", tmp_path / "to", [server.url], quiet=True)
    assert [p.name for p in paths] == list(downloads.FILES)
    assert len(load_mnist(tmp_path / "to").train_images) == 5
    server.mode = "missing"
    downloads.download("mnist", tmp_path / "to", [server.url], quiet=True)


@pytest.mark.parametrize("mode", ["good", "ignore"])
def test_a_partial_file_is_continued(server: Server, tmp_path: Path, mode: str) -> None:
    target = tmp_path / "to"
    target.mkdir()
    name = downloads.FILES[0]
    (target / f"{name}.part").write_bytes((server.folder / name).read_bytes()[:100])
    server.mode = mode
    downloads.download("mnist", target, [server.url], quiet=True)
    assert server.ranges == (1 if mode == "good" else 0)
    assert not list(target.glob("*.part"))


def test_a_damaged_partial_file_is_fetched_again(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "to"
    target.mkdir()
    (target / f"{downloads.FILES[0]}.part").write_bytes(b"nonsense" * 10)
    downloads.download("mnist", target, [server.url], quiet=True)
    assert (target / downloads.FILES[0]).read_bytes() == (server.folder / downloads.FILES[0]).read_bytes()


@pytest.mark.parametrize("mode", ["missing", "wrong", "cut"])
def test_no_mirror_has_it(server: Server, tmp_path: Path, mode: str) -> None:
    server.mode = mode
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz could not be fetched"):
        downloads.download("mnist", tmp_path / "to", [server.url], quiet=True)
    assert not list((tmp_path / "to").glob("*.gz"))


def test_the_next_mirror_is_tried(server: Server, tmp_path: Path) -> None:
    downloads.download("mnist", tmp_path / "to", ["http://127.0.0.1:9/", server.url], quiet=True)
    assert len(list((tmp_path / "to").glob("*.gz"))) == len(PARTS)


def test_the_command(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "micrograd", "data", *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    done = run("info", "--json")
    assert json.loads(done.stdout)["sample"] is True
    done = run("mnist", "--to", str(tmp_path / "to"), "--mirror", "http://127.0.0.1:9/")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "offline" in done.stderr
    assert "label 7" in run("show", "--count", "1").stdout
