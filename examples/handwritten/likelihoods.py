"""Log-likelihoods of statistics with hand-written scores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from micrograd.testing import proves_gradient_of

Vector = NDArray[np.float64]

HEIGHTS = np.array([1.62, 1.75, 1.81, 1.58])
"""A sample, in metres."""

DESIGN = np.array([[1.0, 0.5], [1.0, -1.25], [1.0, 2.0]])
LABELS = np.array([1.0, 0.0, 1.0])


def gaussian(mu: float, sigma: float) -> float:
    """Log-likelihood of `HEIGHTS` under a normal distribution."""
    if sigma <= 0:
        raise ValueError("sigma must be positive")
    z = (HEIGHTS - mu) / sigma
    return -0.5 * np.sum(z**2) - len(HEIGHTS) * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


@proves_gradient_of(gaussian, domain="sigma > 0")
def gaussian_score(mu: float, sigma: float) -> tuple[float, float]:
    """Its gradient."""
    n, mean = len(HEIGHTS), np.mean(HEIGHTS)
    return n * (mean - mu) / sigma**2, np.sum((HEIGHTS - mu) ** 2) / sigma**3 - n / sigma


def logistic(w: Vector) -> float:
    """Negative log-likelihood of a logistic regression of `LABELS` on `DESIGN`."""
    z = DESIGN @ w
    return np.sum(np.logaddexp(0, z) - LABELS * z)


def logistic_gradient(w: Vector) -> Vector:
    """X^T (p - y)."""
    p = 1 / (1 + np.exp(-DESIGN @ w))
    return DESIGN.T @ (p - LABELS)


def student_t(x: float, mu: float, sigma: float, nu: float) -> float:
    """Log-density of Student's t distribution in x, mu and sigma, without the terms that depend on nu only."""
    z = (x - mu) / sigma
    return -math.log(sigma) - (nu + 1) / 2 * math.log1p(z**2 / nu)


def student_t_score(x: float, mu: float, sigma: float, nu: float) -> dict[str, float]:
    """The partial derivatives with respect to location and scale."""
    r = x - mu
    weight = (nu + 1) / (nu * sigma**2 + r**2)
    return {"mu": weight * r, "sigma": (weight * r**2 - 1) / sigma}
