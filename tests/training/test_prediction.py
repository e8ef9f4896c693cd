"""``micrograd predict``: pictures of many kinds, IDX files, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd.cli import main
from micrograd.data import DataError, load_mnist, write_idx
from micrograd.training import Run, Settings, TrainingError, train
from micrograd.training import prediction as module
from micrograd.training.prediction import predict, read_images

pytest.importorskip("safetensors")
Image: Any = pytest.importorskip("PIL.Image")
DIGITS = load_mnist()


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    settings = Settings.of("mnist", epochs=5)
    train(settings, Run.create(folder, settings))
    return folder


def saved(picture: Any, path: Path) -> Path:
    picture.save(path)
    return path


def test_a_picture_of_the_right_size_is_taken_as_it_is(tmp_path: Path) -> None:
    digit = DIGITS.test_images[0]
    for name, pixels in {"dark": digit, "light": 255 - digit}.items():
        found = read_images(saved(Image.fromarray(pixels), tmp_path / f"{name}.png"))
        np.testing.assert_array_equal(found, digit[None])


@pytest.mark.parametrize("kind", ["grey", "RGB", "RGBA", "transparent", "palette", "16 bits", "black and white", "jpeg"])
@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
def test_large_pictures_of_many_kinds(kind: str, light: bool, tmp_path: Path, run_folder: Path) -> None:
    right = 0
    for digit, label in zip(DIGITS.test_images[:10], DIGITS.test_labels[:10], strict=True):
        large = np.asarray(Image.fromarray(digit).resize((112, 112)))
        pixels = np.pad(large, ((60, 20), (10, 90)))
        picture = Image.fromarray(255 - pixels if light else pixels)
        if kind == "transparent":  # black ink on nothing, or white ink on black
            ink = Image.new("RGBA", picture.size, (0, 0, 0, 255))
            ink.putalpha(Image.fromarray(pixels))
            picture = ink if light else picture.convert("RGBA")
        elif kind == "16 bits":
            picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
        elif kind in ("RGB", "RGBA"):
            picture = picture.convert(kind)
        elif kind == "palette":
            picture = picture.convert("P")
        elif kind == "black and white":
            picture = picture.point(lambda v: 255 * (v > 127)).convert("1")
        path = saved(picture, tmp_path / ("digit.jpg" if kind == "jpeg" else "digit.png"))
        images = read_images(path)
        assert images.shape == (1, 28, 28)
        assert images.dtype == np.uint8
        right += predict(run_folder, images)[0][0] == label
    assert right >= 7


def test_an_empty_picture(tmp_path: Path, run_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, shape in {"blank": (100, 100), "point": (1, 1), "line": (1, 500)}.items():
        path = saved(Image.fromarray(np.full(shape, 255, np.uint8)), tmp_path / f"{name}.png")
        assert main(["predict", str(run_folder), str(path)]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["digits", "digits.gz"])
def test_idx_files(name: str, tmp_path: Path, run_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_idx(tmp_path / name, DIGITS.test_images)
    assert main(["predict", str(run_folder), str(tmp_path / name), "--json"]) == 0
    answers = json.loads(capfd.readouterr().out)
    right = np.mean([answer["digit"] == label for answer, label in zip(answers, DIGITS.test_labels.tolist(), strict=True)])
    last = Run(run_folder).metrics()
    assert right == pytest.approx(max(entry["accuracy"] for entry in last))
    assert all(0.1 <= answer["confidence"] <= 1 for answer in answers)
    assert main(["predict", str(run_folder), str(tmp_path / name)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 500
    assert lines[7].split("\t")[:2] == ["7", str(answers[7]["digit"])]


def test_batches_do_not_matter(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from micrograd.training import problems

    whole = predict(run_folder, DIGITS.test_images[:100])
    monkeypatch.setattr(problems, "ROWS", 7)
    parts = predict(run_folder, DIGITS.test_images[:100])
    assert [digit for digit, _ in parts] == [digit for digit, _ in whole]
    assert [c for _, c in parts] == pytest.approx([c for _, c in whole], rel=1e-5)


def bad_files(folder: Path) -> dict[str, str]:
    """Files that are refused, and why."""
    (folder / "text.png").write_text("no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "folder").mkdir()
    write_idx(folder / "labels", np.zeros(5, np.uint8))
    write_idx(folder / "small", np.zeros((5, 27, 28), np.uint8))
    write_idx(folder / "floats", np.zeros((5, 28, 28), np.float32))
    write_idx(folder / "none", np.zeros((0, 28, 28), np.uint8))
    whole = saved(Image.fromarray(DIGITS.test_images[0]).resize((200, 200)), folder / "whole.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "damaged.png").write_bytes(whole[:60] + b"\xff" * 40 + whole[100:])
    (folder / "cut").write_bytes(bytes.fromhex("00000803") + bytes(3))
    return {
        "nothing": "No such file",
        "folder": "Is a directory",
        "text.png": "neither a picture nor an IDX file",
        "empty.png": "neither a picture nor an IDX file",
        "cut.png": "cannot be read as a picture",
        "damaged.png": "cannot be read as a picture",
        "labels": "holds uint8 of shape (5,)",
        "small": "holds uint8 of shape (5, 27, 28)",
        "floats": "holds float32",
        "none": "holds no images",
        "cut": "cut off within its header",
    }


def test_files_that_cannot_be_read(tmp_path: Path, run_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, wanted in bad_files(tmp_path).items():
        assert main(["predict", str(run_folder), str(tmp_path / name)]) == 2
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), name
        assert err.startswith(f"micrograd predict: {tmp_path / name}")
        assert wanted in err


def test_enormous_pictures_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(Image.fromarray(np.zeros((100, 100), np.uint8)), tmp_path / "a.png")
    monkeypatch.setattr(module, "MAX_PIXELS", 9_999)
    with pytest.raises(DataError, match=r"has 100 x 100 pixels; at most 9,999 are read"):
        read_images(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60)
    with pytest.raises(DataError, match="cannot be read as a picture"):
        read_images(path)


def test_runs_that_cannot_be_used(tmp_path: Path, run_folder: Path) -> None:
    images = DIGITS.test_images[:1]
    with pytest.raises(TrainingError, match="holds no run"):
        predict(tmp_path, images)
    settings = Settings.of("xor", epochs=1)
    train(settings, Run.create(tmp_path / "xor", settings))
    with pytest.raises(TrainingError, match="was trained on xor, not on images"):
        predict(tmp_path / "xor", images)
    Run.create(tmp_path / "fresh", Settings.of("mnist"))
    with pytest.raises(TrainingError, match="has no checkpoint yet"):
        predict(tmp_path / "fresh", images)
    other = Run.create(tmp_path / "other", Settings.of("mnist", hidden=(5,)))
    other.path("best.safetensors").write_bytes((run_folder / "best.safetensors").read_bytes())
    with pytest.raises(TrainingError, match="does not fit these settings") as caught:
        predict(tmp_path / "other", images)
    assert caught.value.code == 2
    other.path("best.safetensors").write_bytes(b"x")
    with pytest.raises(TrainingError, match=r"best\.safetensors"):
        predict(tmp_path / "other", images)
