"""NumPy's functions on traced arrays and on floats: whether results are views or copies, of which types, in which order."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from micrograd.trace.arrays import Array, array_of, plain
from micrograd.trace.lookalikes import numpy_functions as tables
from micrograd.trace.lookalikes.making import MAKING
from micrograd.trace.lookalikes.numerics import NUMPY
from micrograd.trace.lookalikes.reductions import REDUCTIONS
from micrograd.trace.reals import Real
from micrograd.verified.errors import MicrogradError
from micrograd.verified.expr import var

CALLS = """
np.array(a); np.asarray(a); np.asanyarray(a); np.ascontiguousarray(a); np.copy(a); np.array(a, dtype=float);
np.asarray(a, dtype=float); np.asarray(a, dtype=np.float64); a.astype(float); a.copy(); np.zeros_like(a); np.ones_like(a);
np.empty_like(a); np.full_like(a, 2.0); np.append(a, a); np.append(a, a, axis=0); np.array_split(a, 2); np.split(a, 1);
np.hsplit(a, 1); np.vsplit(a, 1); np.atleast_1d(a); np.atleast_2d(a); np.atleast_3d(a); np.atleast_1d(a, a); np.block([a, a]);
np.block(a); np.block([[a], [a]]); np.broadcast_to(a, a.shape); np.broadcast_to(a, (2, *a.shape)); np.column_stack([a, a]);
np.concatenate([a, a]); np.concatenate([a]); np.concatenate([a, a], axis=None); np.concatenate([a, a], axis=-1); np.delete(a, 0);
np.delete(a, 0, 0); np.delete(a, [], 0); np.delete(a, 0, -1); np.delete(a, slice(0, 1), -1); np.diag(a); np.diagflat(a);
np.diagonal(a); np.dstack([a, a]); np.expand_dims(a, 0); np.flip(a); np.flip(a, 0); np.fliplr(a); np.flipud(a); np.hstack([a, a]);
np.hstack([a]); np.meshgrid(a, a); np.meshgrid(a, a, copy=False); np.meshgrid(a); np.meshgrid(a, a, indexing='ij');
np.meshgrid(a, a, sparse=True); np.moveaxis(a, 0, -1); np.permute_dims(a); np.ravel(a); np.ravel(a, 'F'); np.ravel(a, 'K');
np.ravel(a, 'A'); a.ravel(); a.flatten(); a.flatten('F'); np.repeat(a, 1); np.repeat(a, 1, 0); a.repeat(2); np.reshape(a, -1);
np.reshape(a, a.shape); np.reshape(a, -1, order='F'); np.reshape(a, -1, order='A'); a.reshape(-1); a.reshape(1, -1);
np.reshape(a, ()); np.roll(a, 0); np.roll(a, 1); np.roll(a, 1, 0); np.rollaxis(a, -1); np.rot90(a); np.rot90(a, 0); np.rot90(a, 4);
np.squeeze(a); a.squeeze(); np.stack([a, a]); np.stack([a]); np.stack([a, a], -1); np.swapaxes(a, 0, -1); a.swapaxes(0, 0);
np.take(a, [0]); np.take(a, [0, 0], 0); np.take(a, [0], -1); np.take(a, 0); a.take([0]);
np.take_along_axis(a, np.zeros(a.shape, dtype=int), 0); np.tile(a, 1); np.tile(a, 2); np.tile(a, (2, 1)); np.tile(a, ());
np.transpose(a); a.T; a.mT; a.transpose(); np.tril(a); np.triu(a); np.vstack([a, a]); np.cross(a, a); np.diff(a); np.diff(a, n=0);
np.dot(a, a); a.dot(a); np.einsum('...->...', a); np.einsum('i->i', a); np.einsum('ij->ji', a); np.einsum('ii->i', a);
np.einsum('i,i', a, a); np.einsum('ij,jk->ik', a, a); np.inner(a, a); np.kron(a, a); np.matmul(a, a); a @ a; np.outer(a, a);
np.tensordot(a, a, 1); np.tensordot(a, a, a.ndim); np.vander(a); np.vdot(a, a); np.cumprod(a); np.cumsum(a); np.cumsum(a, 0);
a.cumsum(); np.trace(a); np.sum(a); np.sum(a, 0); np.sum(a, axis=()); np.sum(a, -1, keepdims=True); np.prod(a, 0); a.sum(0);
np.mean(a, 0); np.mean(a, axis=()); np.var(a, 0); np.var(a, axis=()); np.std(a, 0); np.average(a, axis=0); np.average(a, axis=());
np.average(a, weights=a); np.max(a); np.max(a, 0); np.max(a, axis=()); np.min(a, axis=()); np.max(a, keepdims=True); a.max();
np.max(a, -1); np.max(a, axis=(), initial=1.0); np.all(a > 0, axis=()); np.all(a > 0, axis=0); np.any(a > 0, axis=()); np.ptp(a, 0);
np.median(a, 0); np.median(a); np.clip(a, None, None); np.clip(a, 0, None); np.clip(a, 0, 1); a.clip(0, 1); np.where(a > 0, a, a);
np.where(True, a, a); np.select([a > 0], [a]); np.select([a > 0, a > 1], [a, a], a); np.vectorize(lambda t: t)(a);
np.insert(a, 0, 1.0); np.insert(a, 0, 1.0, 0); np.insert(a, [], 1.0, 0); np.insert(a, 0, 1.0, -1); np.pad(a, 1); np.pad(a, 0);
np.pad(a, 1, 'edge'); np.conj(a); a.conj(); a.conjugate(); +a; -a; np.positive(a); abs(a); np.exp(a); a + 1; a + a; a + a.T; 2.0 * a;
a > 1; np.maximum(a, 0); a ** 2; a ** 1; np.isfinite(a); np.sqrt(a); np.logical_not(a > 1); np.fmod(a, 2.0); np.heaviside(a, 1.0);
np.fix(a); np.sinc(a); np.floor(a); np.add(a, 1.0, out=a); a.__iadd__(1.0); a[0]; a[:1]; a[[0]]; a[...]; a[None];
a[np.ones(a.shape, dtype=bool)]; a[0, ...]; a[()]; a[..., [0]]; a[:, [0, 0]]; np.interp(a, [0, 1.0], [0, 1.0]);
np.polyval([1.0, 2.0], a); np.convolve(a, a); np.correlate(a, a); np.cov(a); np.trapezoid(a); np.isclose(a, a);
np.count_nonzero(a > 0, axis=0); np.count_nonzero(a > 0); np.linalg.norm(a); np.linalg.norm(a, axis=0);
np.linalg.norm(a, keepdims=True); np.linalg.det(a); np.linalg.inv(a); np.linalg.solve(a, a); np.linalg.cholesky(a + 9 * np.eye(2));
np.ix_([0], [0]); np.size(a); np.ndim(a); np.shape(a); np.linspace(a, a, 3); np.argmax(a); np.argmin(a);
np.sum(a, dtype=float, axis=()); np.full(2, 1.0); np.array([a, a]); np.asarray([a]); np.sort(a); a.tolist(); a.item(); a.diagonal();
(a > 0).all(0); np.squeeze(a, 0); a.trace(); np.add.reduce(a, axis=()); np.add.outer(a, a); np.add.accumulate(a);
np.maximum.reduce(a); np.maximum.accumulate(a); np.multiply.reduce(a, axis=()); np.diag_indices(2); np.tril_indices(2);
np.triu_indices(2); np.empty(2); np.zeros((2, 2)); np.ones(3); np.eye(2); np.identity(2); np.arange(3.0); np.arange(3);
np.amax(a, axis=()); np.amin(a, axis=()); np.prod(a, axis=())
"""
"""What is called of an array a, separated by semicolons."""

SHAPES = ((), (1,), (3,), (1, 1), (2, 2), (1, 3), (3, 1), (2, 3))
LAYOUTS = ("rows", "columns", "gaps")


class Traced:
    """``numpy`` as a traced function sees it, and which of its names were used."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.used.add(name)
        return NUMPY[name]


def laid_out(entries: Any, shape: tuple[int, ...], layout: str) -> Any:
    made = entries.reshape(shape)
    if layout == "columns":
        return np.ascontiguousarray(made.T).T if shape else made
    return np.repeat(made, 2, axis=-1)[..., ::2] if layout == "gaps" and shape else made


def described(made: Any, operand: Any) -> Any:
    """What of a result must be the same; a scalar, or what it holds if it is a tuple or a list."""
    if isinstance(made, list | tuple):
        return [described(x, operand) for x in made]
    if not isinstance(made, np.ndarray):
        return "scalar" if np.ndim(made) == 0 else type(made).__name__
    entries = np.ndarray.view(made, np.ndarray)
    flags = entries.flags.c_contiguous, entries.flags.f_contiguous, entries.flags.writeable
    return entries.shape, made.dtype, flags, np.shares_memory(entries, np.ndarray.view(operand, np.ndarray)), made is operand


def outcome(call: str, numpy: Any, operand: Any) -> Any:
    """None for an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return described(eval(call, {"np": numpy, "a": operand}), operand)
    except (MicrogradError, ArithmeticError, ValueError, TypeError, IndexError, AttributeError, KeyError):
        return None


def calls() -> list[str]:
    return [call.strip() for call in CALLS.replace("\n", " ").split(";")]


@pytest.mark.parametrize("call", calls())
def test_results_are_laid_out_as_numpys(call: str) -> None:
    read = 0
    for shape in SHAPES:
        for layout in LAYOUTS:
            n = int(np.prod(shape))
            numbers = plain(array_of([Real(var(f"x{i}")) for i in range(n)], (n,)))
            found = outcome(call, Traced(), laid_out(numbers, shape, layout).view(Array))
            if found is not None:
                read += 1
                assert found == outcome(call, np, laid_out(np.arange(n) + 1.5, shape, layout)), (shape, layout)
    assert read, "always refused"


def test_all_functions_of_the_tables_are_called() -> None:
    numpy = Traced()
    for call in calls():
        for shape in SHAPES:
            n = int(np.prod(shape))
            outcome(call, numpy, array_of([Real(var(f"x{i}")) for i in range(n)], shape))
    structural = {*tables._STRUCTURAL, *tables._ARITHMETIC, *tables._COUNTING, *tables._PLACES}
    assert {name for name in {*structural, *MAKING, *REDUCTIONS} if name in NUMPY} <= numpy.used
