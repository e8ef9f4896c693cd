"""Reading digits with the network of a run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.data import DataError, read_idx
from micrograd.nn import StateError
from micrograd.training.errors import TrainingError
from micrograd.training.problems import build_model, probabilities
from micrograd.training.runs import Run

Array = npt.NDArray[Any]
MAX_PIXELS = 40_000_000
"""Larger pictures are refused."""


def read_images(path: Path) -> Array:
    """Images of 28 x 28 bytes, light on dark, from a picture or an IDX file.

    Raises:
        DataError: the file is neither.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as reason:
        raise DataError(f"{path}: {reason.strerror or reason}") from None
    if start[:2] in (b"\0\0", b"\x1f\x8b"):
        images = read_idx(path)
        if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
            raise DataError(f"{path} holds {images.dtype} of shape {images.shape}, not images of 28 x 28 bytes")
        if not len(images):
            raise DataError(f"{path} holds no images")
        return images
    return _read_picture(path)[None]


def _read_picture(path: Path) -> Array:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError("pictures are read with Pillow: pip install 'micrograd-verified[train]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(path)
        with picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(f"{path} has {picture.width} x {picture.height} pixels; at most {MAX_PIXELS:,} are read")
            pixels = _grey(picture)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path} is neither a picture nor an IDX file") from None
    except Exception as reason:  # whatever the library finds wrong with a picture is one line for the user
        raise DataError(f"{path} cannot be read as a picture: {' '.join(str(reason).split())}") from None
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if edge.mean() > 127:
        pixels = 255 - pixels
    if pixels.shape == (28, 28):
        return pixels
    return _centred(pixels)


def _grey(picture: Any) -> Array:
    """The brightness of the pixels on a white ground, as bytes."""
    from PIL import Image

    if picture.mode.startswith("I;16"):
        return (np.asarray(picture) >> 8).astype(np.uint8)
    colours = picture.convert("RGBA")
    white = Image.new("RGBA", colours.size, "white")
    return np.asarray(Image.alpha_composite(white, colours).convert("L"))


def _centred(pixels: Array) -> Array:
    """As MNIST has them: the digit fitted into 20 x 20, and centred by mass in 28 x 28."""
    from PIL import Image

    rows, columns = np.nonzero(pixels > 40)
    if not len(rows):
        return np.zeros((28, 28), np.uint8)
    cut = pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    factor = 20 / max(cut.shape)
    size = (max(1, round(cut.shape[1] * factor)), max(1, round(cut.shape[0] * factor)))
    small = np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BOX), np.float64)
    total = small.sum() or 1.0
    top = 14 - (small.sum(1) @ np.arange(small.shape[0])) / total
    left = 14 - (small.sum(0) @ np.arange(small.shape[1])) / total
    row = int(np.clip(round(top), 0, 28 - small.shape[0]))
    column = int(np.clip(round(left), 0, 28 - small.shape[1]))
    result = np.zeros((28, 28), np.uint8)
    result[row : row + small.shape[0], column : column + small.shape[1]] = small.astype(np.uint8)
    return result


def predict(folder: Path, images: Array) -> list[tuple[int, float]]:
    """The digit and the confidence for each image, by the run's best network.

    Raises:
        TrainingError: no such run, or one of another kind; a package is missing.
    """
    Run.require()
    run, settings = Run.open(folder)
    if settings.planar:
        raise TrainingError(f"{folder} was trained on {settings.task}, not on images", 2)
    name = next((name for name in ("best", "last") if run.path(f"{name}.safetensors").exists()), None)
    found = run.load(name) if name else None
    if found is None:
        raise TrainingError(f"{folder} has no checkpoint yet", 2)
    model = build_model(settings, 784, 10, np.random.default_rng(0))
    weights = {key.removeprefix("model."): tensor for key, tensor in found[0].items() if key.startswith("model.")}
    try:
        model.load_state_dict(weights)
    except StateError as reason:
        raise TrainingError(f"{run.path(f'{name}.safetensors')} does not fit these settings: {reason}", 2) from None
    rows = probabilities(model, images.reshape(len(images), -1), 1 / 255, settings.dtype)
    return [(int(row.argmax()), float(row.max())) for row in rows]
