"""Make the sample that ships with the package from the whole of MNIST: ``python -m micrograd.data.make_sample FOLDER``."""

from __future__ import annotations

import sys

from micrograd.data.idx import write_idx
from micrograd.data.mnist import SAMPLE, load_mnist

TRAIN, TEST = 2000, 500


def main(folder: str) -> None:
    """Write the first digits of both parts, gzipped."""
    whole = load_mnist(folder)
    for part, array, count in (
        ("train-images-idx3", whole.train_images, TRAIN),
        ("train-labels-idx1", whole.train_labels, TRAIN),
        ("t10k-images-idx3", whole.test_images, TEST),
        ("t10k-labels-idx1", whole.test_labels, TEST),
    ):
        write_idx(SAMPLE / f"{part}-ubyte.gz", array[:count])


if __name__ == "__main__":
    main(sys.argv[1])
