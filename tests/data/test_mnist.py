"""MNIST: where it is looked for, what is refused, and the sample in the package."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.cli import main
from micrograd.data import DataError, load_mnist, read_idx, write_idx
from micrograd.data.mnist import PARTS, SAMPLE, part_path

WHOLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"
NAMES = {part: f"{part}-{'idx3' if 'images' in part else 'idx1'}-ubyte" for part in PARTS}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Data sets of whoever runs the tests do not count."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MICROGRAD_DATA", raising=False)


def fill(folder: Path, n: int = 5, ending: str = "", value: int = 3) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in NAMES.items():
        write_idx(folder / f"{name}{ending}", np.full((n, 28, 28) if "images" in part else n, value, np.uint8))
    return folder


def test_the_sample() -> None:
    found = load_mnist()
    assert found.sample
    assert (found.train_images.shape, found.test_images.shape) == ((2000, 28, 28), (500, 28, 28))
    assert (found.train_labels.shape, found.test_labels.shape) == ((2000,), (500,))
    for labels in (found.train_labels, found.test_labels):
        counts = np.bincount(labels, minlength=10) / len(labels)
        assert counts.min() > 0.07
        assert counts.max() < 0.14


@pytest.mark.skipif(not WHOLE.is_dir(), reason="needs the whole data set")
def test_the_sample_is_genuine() -> None:
    whole, sample = load_mnist(WHOLE), load_mnist()
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        part = getattr(sample, name)
        np.testing.assert_array_equal(part, getattr(whole, name)[: len(part)])


def test_the_sample_and_its_attribution_are_packaged() -> None:
    folder = importlib.resources.files("micrograd") / "data" / "sample"
    text = (folder / "ATTRIBUTION.txt").read_text(encoding="utf-8")
    assert "LeCun" in text
    assert "CC BY-SA 3.0" in text or "Attribution-Share Alike 3.0" in text
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"data/sample/*"' in project
    assert sorted(path.name for path in SAMPLE.iterdir()) == sorted(["ATTRIBUTION.txt", *(f"{name}.gz" for name in NAMES.values())])


def test_where_files_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def first() -> int:
        return int(load_mnist().train_labels[0])

    fill(tmp_path / "cache" / "micrograd" / "mnist", value=1)
    assert first() == 1
    fill(tmp_path / "named", value=2)
    monkeypatch.setenv("MICROGRAD_DATA", str(tmp_path / "named"))
    assert first() == 2
    fill(tmp_path / "given" / "mnist", value=4)
    assert load_mnist(tmp_path / "given").train_labels[0] == 4
    with pytest.raises(DataError, match="fashion-mnist is not here"):
        load_mnist(name="fashion-mnist")
    with pytest.raises(DataError, match="the data set is one of"):
        load_mnist(name="cifar")


def test_names_and_mapping(tmp_path: Path) -> None:
    fill(tmp_path, ending=".gz")
    assert not isinstance(load_mnist(tmp_path, mmap=None).train_images, np.memmap)
    with pytest.raises(DataError, match="unpack it first"):
        load_mnist(tmp_path, mmap=True)
    fill(tmp_path)
    for mode in (True, None):
        assert isinstance(load_mnist(tmp_path, mmap=mode).train_images, np.memmap)
    assert not isinstance(load_mnist(tmp_path).train_images, np.memmap)
    (tmp_path / f"{NAMES['train-images']}.gz").unlink()
    (tmp_path / NAMES["train-images"]).rename(tmp_path / "train-images.idx3-ubyte")
    assert part_path(tmp_path, "train-images") == tmp_path / "train-images.idx3-ubyte"


BAD: dict[str, tuple[str, Any, str]] = {
    "labels above 9": ("train-labels", np.array([0, 1, 2, 10, 11], np.uint8), "label 3 is 10; labels are 0 to 9"),
    "fewer labels": ("t10k-labels", np.zeros(4, np.uint8), "holds 5 images and t10k-labels-idx1-ubyte 4 labels"),
    "labels of another type": ("train-labels", np.zeros(5, np.int32), "holds int32 of shape"),
    "labels in rows": ("train-labels", np.zeros((5, 1), np.uint8), "holds uint8 of shape (5, 1)"),
    "images of another size": ("train-images", np.zeros((5, 28, 27), np.uint8), "not images of 28 x 28 bytes"),
    "images without shape": ("t10k-images", np.zeros((5, 784), np.uint8), "not images of 28 x 28 bytes"),
    "images of another type": ("t10k-images", np.zeros((5, 28, 28), np.float32), "holds float32 of shape"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_do_not_fit(name: str, tmp_path: Path) -> None:
    part, array, wanted = BAD[name]
    write_idx(fill(tmp_path) / NAMES[part], array)
    with pytest.raises(DataError) as caught:
        load_mnist(tmp_path)
    assert wanted in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert NAMES[part] in str(caught.value)


def test_no_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no images"):
        load_mnist(fill(tmp_path, 0))


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        load_mnist(tmp_path / "nothing")
    fill(tmp_path / "some")
    (tmp_path / "some" / NAMES["t10k-labels"]).unlink()
    with pytest.raises(DataError, match="lacks the files t10k-labels of mnist"):
        load_mnist(tmp_path / "some")


def test_info_and_show(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "info"]) == 0
    assert "2000 training and 500 test images of 28 x 28, from the sample in this package" in capfd.readouterr().out
    assert main(["data", "info", "--json", "--data", str(fill(tmp_path / "five"))]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert (facts["sample"], facts["train"], facts["test"]) == (False, [5, 28, 28], [5, 28, 28])
    assert main(["data", "show", "--count", "2"]) == 0
    lines = capfd.readouterr().out.splitlines()
    labels = read_idx(SAMPLE / "t10k-labels-idx1-ubyte.gz")
    assert [lines[0], lines[15]] == [f"label {labels[0]}", f"label {labels[1]}"]
    assert {len(line) for line in lines[1:15]} == {28}
    (tmp_path / "five" / NAMES["train-images"]).write_bytes(b"")
    for what in ("info", "show"):
        assert main(["data", what, "--data", str(tmp_path / "five")]) == 2
        out, err = capfd.readouterr()
        assert (out, err) == ("", f"micrograd data: {tmp_path / 'five' / NAMES['train-images']} is empty\n")
