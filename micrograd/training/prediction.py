"""Reading digits with the network of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.data import DataError, read_idx
from micrograd.nn import CheckpointError, load
from micrograd.training.errors import TrainingError
from micrograd.training.problems import build_model
from micrograd.training.runs import Run

Array = npt.NDArray[Any]


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
        return images
    return _read_picture(path)[None]


def _read_picture(path: Path) -> Array:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError("pictures are read with Pillow: pip install 'micrograd-verified[train]'") from None
    try:
        with Image.open(path) as picture:
            grey = picture.convert("RGBA")
            white = Image.new("RGBA", grey.size, "white")
            pixels = np.asarray(Image.alpha_composite(white, grey).convert("L"))
    except UnidentifiedImageError:
        raise DataError(f"{path} is neither a picture nor an IDX file") from None
    except (OSError, ValueError, Image.DecompressionBombError) as reason:
        raise DataError(f"{path} cannot be read as a picture: {reason}") from None
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if edge.mean() > 127:
        pixels = 255 - pixels
    if pixels.shape == (28, 28):
        return pixels
    return _centred(pixels)


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
        TrainingError: no such run, or one of another kind.
    """
    _, settings = Run.open(folder)
    if settings.planar:
        raise TrainingError(f"{folder} was trained on {settings.task}, not on images", 2)
    path = next((p for p in (folder / "best.safetensors", folder / "last.safetensors") if p.exists()), None)
    if path is None:
        raise TrainingError(f"{folder} has no checkpoint yet", 2)
    try:
        tensors, _ = load(path)
    except CheckpointError as reason:
        raise TrainingError(str(reason), 2) from None
    model = build_model(settings, 784, 10, np.random.default_rng(0))
    model.load_state_dict({name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")})
    model.eval()
    inputs = images.reshape(len(images), -1).astype(settings.dtype) * np.asarray(1 / 255, settings.dtype)
    scores = np.asarray(model.predict(inputs), np.float64)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    probabilities = weights / weights.sum(1, keepdims=True)
    return [(int(row.argmax()), float(row.max())) for row in probabilities]
