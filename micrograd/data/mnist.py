"""MNIST and Fashion-MNIST: where the files are looked for, and what is checked.

In this order: the folder that is given, the folder that the environment variable ``MICROGRAD_DATA`` names, the folder to which
``micrograd data`` downloads; and for MNIST, a sample of 2,000 training and 500 test digits that is part of this package.  Images stay
bytes.  MNIST is by Yann LeCun and Corinna Cortes, CC BY-SA 3.0; see ``sample/ATTRIBUTION.txt``.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.data.errors import DataError
from micrograd.data.idx import read_idx

Array = npt.NDArray[Any]
NAMES = ("mnist", "fashion-mnist")
PARTS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
SAMPLE = Path(__file__).parent / "sample"


@dataclass(frozen=True)
class ImageSet:
    """Images and labels, all of them bytes.

    Attributes:
        train_images, test_images: one image of 28 x 28 pixels for each label.
        train_labels, test_labels: 0 to 9.
        sample: whether it is only the sample that is part of this package.
        source: where it comes from.
    """

    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    sample: bool
    source: str


def cache_folder() -> Path:
    """Where downloads are kept.

    Raises:
        DataError: the user has no home folder, and no variable names another.
    """
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "micrograd"
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "micrograd"
    try:
        home = Path.home()
    except RuntimeError:
        raise DataError("there is no home folder for downloads: name another with --to or $XDG_CACHE_HOME") from None
    return home / "Library" / "Caches" / "micrograd" if sys.platform == "darwin" else home / ".cache" / "micrograd"


def part_path(folder: Path, part: str) -> Path | None:
    """The file of a part in a folder, by any of its usual names.

    Raises:
        DataError: the folder cannot be looked into.
    """
    kind = "idx3" if "images" in part else "idx1"
    for joint in ("-", "."):
        for ending in ("", ".gz"):
            path = folder / f"{part}{joint}{kind}-ubyte{ending}"
            if _is_file(path):
                return path
    return None


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as reason:  # Path.is_file would hide it, in some versions of Python
        raise DataError(f"{path}: {reason.strerror or reason}") from None


def find_folder(name: str, directory: str | os.PathLike[str] | None = None) -> Path | None:
    """The folder that holds all four files, or None.

    Raises:
        DataError: a folder was given and does not hold them, or a folder that was named cannot be looked into.
    """
    if name not in NAMES:
        raise DataError(f"the data set is one of {', '.join(NAMES)}, not {name!r}")
    if directory is not None:
        given = Path(directory)
        for folder in (given, given / name):
            if all(part_path(folder, part) for part in PARTS):
                return folder
        if not given.is_dir():
            raise DataError(f"{given} is not a folder")
        missing = ", ".join(part for part in PARTS if part_path(given, part) is None)
        raise DataError(f"{given} lacks the files {missing} of {name} (…-ubyte or …-ubyte.gz)")
    named = os.environ.get("MICROGRAD_DATA")
    if named and (found := _found_in(Path(named), name)):
        return found
    try:
        return _found_in(cache_folder(), name)
    except DataError:  # no home, or somebody else's: nothing was downloaded there for this user
        return None


def _found_in(place: Path, name: str) -> Path | None:
    for folder in (place / name, *([place] if name == "mnist" else [])):
        if all(part_path(folder, part) for part in PARTS):
            return folder
    return None


def load_mnist(directory: str | os.PathLike[str] | None = None, *, name: str = "mnist", mmap: bool | None = False) -> ImageSet:
    """The data set ``mnist`` or ``fashion-mnist``.

    >>> found = load_mnist()
    >>> found.train_images.shape[1:], found.train_images.dtype
    ((28, 28), dtype('uint8'))

    Args:
        directory: the folder with the four files; None for where they are usually found.
        name: which set.
        mmap: map the images into memory instead of reading them (unpacked files only); None maps those that are unpacked.

    Raises:
        DataError: the files are not there, or are not what they should be.
    """
    folder = find_folder(name, directory)
    if folder is None and name != "mnist":
        raise DataError(f"{name} is not here: `micrograd data {name}` downloads it")
    where = SAMPLE if folder is None else folder
    paths = {part: path for part in PARTS if (path := part_path(where, part)) is not None}
    arrays = {part: read_idx(path, mmap=mmap if "images" in part else False) for part, path in paths.items()}
    for images, labels in (PARTS[:2], PARTS[2:]):
        _check(paths[images], paths[labels], arrays[images], arrays[labels])
    source = "the sample in this package" if folder is None else str(folder)
    train_images, train_labels, test_images, test_labels = (arrays[part] for part in PARTS)
    return ImageSet(train_images, train_labels, test_images, test_labels, folder is None, source)


def _check(images_path: Path, labels_path: Path, images: Array, labels: Array) -> None:
    if images.ndim != 3 or images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        raise DataError(f"{images_path} holds {images.dtype} of shape {images.shape}, not images of 28 x 28 bytes")
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise DataError(f"{labels_path} holds {labels.dtype} of shape {labels.shape}, not a row of labels of one byte")
    if len(images) != len(labels):
        raise DataError(f"{images_path} holds {len(images)} images and {labels_path.name} {len(labels)} labels; each image needs one")
    if not len(labels):
        raise DataError(f"{images_path} holds no images")
    if labels.max() > 9:
        place = int(np.argmax(labels > 9))
        raise DataError(f"{labels_path}: label {place} is {labels[place]}; labels are 0 to 9")
