"""Every hand-written derivative is proved; the wrong one is refuted."""

import pytest
from arm import forward, jacobian, wrong_jacobian
from likelihoods import gaussian_score, logistic, logistic_gradient, student_t, student_t_score  # noqa: F401
from optimisation import beale, beale_gradient, huber, huber_slope, rosenbrock, rosenbrock_gradient, rosenbrock_hessian

from micrograd.testing import assert_derivative, assert_gradient, assert_hessian, assert_jacobian


def test_rosenbrock() -> None:
    assert_gradient(rosenbrock, rosenbrock_gradient, shapes={"x": 4})


def test_rosenbrock_hessian() -> None:
    assert_hessian(rosenbrock, rosenbrock_hessian, shapes={"x": 3})


def test_beale() -> None:
    assert_gradient(beale, beale_gradient, shapes={"x": 2})


def test_huber() -> None:
    assert_derivative(huber, huber_slope, "delta > 0", wrt="r")


def test_logistic() -> None:
    assert_gradient(logistic, logistic_gradient, shapes={"w": 2})


def test_student_t() -> None:
    assert_gradient(student_t, student_t_score, "sigma > 0 and nu > 0", wrt=["mu", "sigma"])


def test_arm() -> None:
    assert_jacobian(forward, jacobian)


def test_wrong_arm() -> None:
    with pytest.raises(AssertionError, match="REFUTED"):
        assert_jacobian(forward, wrong_jacobian)
