"""What a data set on disk consists of: the files that would be used, their shapes, and whether they are the published ones."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from micrograd.data.download import digest_is_right
from micrograd.data.mnist import PARTS, SAMPLE, ImageSet, find_folder, load_mnist, part_path


@dataclass(frozen=True)
class Part:
    """One file of a data set.

    Attributes:
        name: train-images, train-labels, t10k-images or t10k-labels.
        path: the file.
        shape: of its array of bytes.
        published: whether it is the published file; None where that cannot be told (the sample, and Fashion-MNIST's files unpacked).
    """

    name: str
    path: Path
    shape: tuple[int, ...]
    published: bool | None


def inventory(directory: str | os.PathLike[str] | None = None, *, name: str = "mnist") -> tuple[ImageSet, list[Part]]:
    """The data set that would be used, and its four files.

    >>> found, parts = inventory(SAMPLE)
    >>> parts[1].name, parts[1].shape
    ('train-labels', (2000,))

    Raises:
        DataError: as `load_mnist`.
    """
    found = load_mnist(directory, name=name, mmap=None)
    folder = find_folder(name, directory) or SAMPLE
    arrays = (found.train_images, found.train_labels, found.test_images, found.test_labels)
    parts = []
    for place, (part, array) in enumerate(zip(PARTS, arrays, strict=True)):
        path = part_path(folder, part)
        assert path is not None, "load_mnist has just read it"
        parts.append(Part(part, path, array.shape, None if folder == SAMPLE else digest_is_right(path, name, place)))
    return found, parts
