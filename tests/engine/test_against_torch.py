"""Gradients of small programs against PyTorch, which shares no code with this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd.engine as me
from micrograd.engine import Value

torch: Any = pytest.importorskip("torch")

LABELS = np.array([0, 2, 1, 2])
INDEX = np.array([0, 2, 2, 1])

PROGRAMS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "network": (
        lambda x, w, b: me.cross_entropy(me.relu(x @ w) + b, LABELS),
        lambda x, w, b: torch.nn.functional.cross_entropy(torch.relu(x @ w) + b, torch.tensor(LABELS)),
        ((4, 5), (5, 3), (3,)),
    ),
    "batched products": (
        lambda a, b: me.tanh(a @ b).sum(),
        lambda a, b: torch.tanh(a @ b).sum(),
        ((2, 1, 3, 4), (5, 4, 2)),
    ),
    "reductions": (
        lambda x: (me.logsumexp(x, 1) * me.max(x, 0).sum() + me.mean(x)).sum(),
        lambda x: (torch.logsumexp(x, 1) * torch.amax(x, 0).sum() + torch.mean(x)).sum(),
        ((3, 4),),
    ),
    "indices": (
        lambda x: (x[INDEX] * x[1:, None, :]).sum() + x[0, -1] ** 3,
        lambda x: (x[torch.tensor(INDEX)] * x[1:, None, :]).sum() + x[0, -1] ** 3,
        ((3, 2),),
    ),
    "softmax": (
        lambda x, y: (me.softmax(x) * me.log_softmax(y, 0)).sum(),
        lambda x, y: (torch.softmax(x, -1) * torch.log_softmax(y, 0)).sum(),
        ((3, 4), (3, 4)),
    ),
    "choices": (
        lambda x, y: me.where(x > y, me.exp(x), me.sigmoid(y) * x).sum() + me.clip(x, -0.5, 0.5).sum(),
        lambda x, y: torch.where(x > y, torch.exp(x), torch.sigmoid(y) * x).sum() + torch.clip(x, -0.5, 0.5).sum(),
        ((3, 4), (4,)),
    ),
    "shapes": (
        lambda x, y: (me.concatenate([x.T, y], 1).reshape(-1)[::2] ** 2).sum() * me.stack([x, x * 2], 1).sum(),
        lambda x, y: (torch.cat([x.T, y], 1).reshape(-1)[::2] ** 2).sum() * torch.stack([x, x * 2], 1).sum(),
        ((2, 3), (3, 2)),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_gradients(name: str) -> None:
    """Both are short programs in double precision; their sums may be taken in another order: 64 ulps of the largest entry."""
    ours, theirs, shapes = PROGRAMS[name]
    rng = np.random.default_rng(5)
    for _ in range(5):
        arrays = [rng.normal(size=shape) for shape in shapes]
        values = [Value(a) for a in arrays]
        tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
        loss, expected = ours(*values), theirs(*tensors)
        number = expected.item()
        loss.backward()
        expected.backward()
        assert abs(float(loss.data) - number) <= 64 * np.finfo(float).eps * max(1.0, abs(number))
        for v, t in zip(values, tensors, strict=True):
            theirs_ = t.grad.numpy()
            assert v.grad.shape == theirs_.shape
            assert np.abs(v.grad - theirs_).max() <= 64 * np.finfo(float).eps * max(1.0, np.abs(theirs_).max())
