"""Data sets: points of the plane, IDX files, MNIST and Fashion-MNIST.

>>> import numpy as np
>>> from micrograd.data import moons, xor
>>> inputs, labels = moons(100, rng=np.random.default_rng(0))
>>> inputs.shape, sorted(set(labels.tolist()))
((100, 2), [0, 1])
"""

from __future__ import annotations

from micrograd.data.errors import DataError as DataError
from micrograd.data.idx import read_idx as read_idx
from micrograd.data.idx import write_idx as write_idx
from micrograd.data.mnist import ImageSet as ImageSet
from micrograd.data.mnist import load_mnist as load_mnist
from micrograd.data.toys import linear as linear
from micrograd.data.toys import moons as moons
from micrograd.data.toys import spirals as spirals
from micrograd.data.toys import xor as xor
