"""Test functions of numerical optimisation, with the derivatives that an optimiser wants; ready for ``scipy.optimize.minimize``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def rosenbrock(x: Vector) -> float:
    """The banana valley of any dimension; the minimum is 0 at (1, …, 1)."""
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def rosenbrock_gradient(x: Vector) -> Vector:
    """The gradient, as in SciPy's ``rosen_der``: the inner entries first, then the two ends."""
    gradient = np.zeros_like(x)
    inner = x[1:-1]
    gradient[1:-1] = 200 * (inner - x[:-2] ** 2) - 400 * (x[2:] - inner**2) * inner - 2 * (1 - inner)
    gradient[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    gradient[-1] = 200 * (x[-1] - x[-2] ** 2)
    return gradient


def rosenbrock_hessian(x: Vector) -> Vector:
    """The Hessian: three diagonals."""
    beside = -400 * x[:-1]
    diagonal = np.zeros_like(x)
    diagonal[0] = 1200 * x[0] ** 2 - 400 * x[1] + 2
    diagonal[-1] = 200
    diagonal[1:-1] = 202 + 1200 * x[1:-1] ** 2 - 400 * x[2:]
    return np.diag(beside, 1) + np.diag(beside, -1) + np.diag(diagonal)


def beale(x: Vector) -> float:
    """Beale's function; the minimum is 0 at (3, 1/2)."""
    a, b = x
    return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b**2) ** 2 + (2.625 - a + a * b**3) ** 2


def beale_gradient(x: Vector) -> Vector:
    """The gradient, with the three residuals named."""
    a, b = x
    r1, r2, r3 = 1.5 - a + a * b, 2.25 - a + a * b**2, 2.625 - a + a * b**3
    return np.array(
        [
            2 * r1 * (b - 1) + 2 * r2 * (b**2 - 1) + 2 * r3 * (b**3 - 1),
            2 * r1 * a + 4 * r2 * a * b + 6 * r3 * a * b**2,
        ]
    )


def huber(r: float, delta: float) -> float:
    """Huber's loss: a parabola near 0, straight lines beyond delta."""
    if abs(r) <= delta:
        return 0.5 * r**2
    return delta * (abs(r) - 0.5 * delta)


def huber_slope(r: float, delta: float) -> float:
    """Its derivative with respect to the residual."""
    return max(-delta, min(delta, r))
