"""Derivatives as tests: `assert_gradient` and its kin, and `proves_gradient_of`, under pytest or by themselves.

    def test_gradient():
        assert_gradient(loss, loss_gradient, "sigma > 0")

    @proves_gradient_of(loss, domain="sigma > 0")
    def loss_gradient(mu, sigma): ...

The first fails with the printed counterexample.  The second leaves the function as it is, and gives it ``.verdict()``; a test module that
defines or imports it has one test more, which has the function's name.

This module is also pytest's plugin ``micrograd``.  It adds the option ``--micrograd-timeout`` and one line to pytest's summary.  Nothing is
proved, and no solver is loaded, before a verdict is asked for.
"""

from __future__ import annotations

import copy
import functools
import os
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pytest

    from micrograd.prove import Verdicts
    from micrograd.verified.expr import Condition, Expr

    DomainLike = Condition | str | bool | Callable[..., Any] | None
    Variables = str | Expr | Sequence[str | Expr]
    Wrt = Variables | None
    Shapes = Mapping[str, int | Sequence[int]] | None

F = TypeVar("F", bound=Callable[..., Any])

TIMEOUT = 20.0
"""Seconds for each derivative, unless ``timeout`` or ``--micrograd-timeout`` says otherwise."""

_timeout: ContextVar[float] = ContextVar("timeout", default=TIMEOUT)
_item: ContextVar[Any] = ContextVar("item", default=None)


class UndecidedWarning(UserWarning):
    """A derivative was neither proved nor refuted, where that is allowed."""


# --- assertions --------------------------------------------------------------------------------------------------------


def assert_derivative(
    f: Any,
    df: Any,
    domain: DomainLike = None,
    *,
    wrt: str | Expr | None = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> None:
    """Fail unless ``df`` is proved to be the derivative of ``f`` with respect to one variable.

    >>> import math
    >>> assert_derivative(lambda x: x * math.log(x), lambda x: math.log(x) + 1, domain="x > 0")
    >>> assert_derivative("x*log(y)", "log(x)", "x > 0 and y > 0", wrt="x")
    Traceback (most recent call last):
        ...
    AssertionError: REFUTED  x > 0 and y > 0  ⊢  d/dx [x*log(y)] = log(x)
      at       x = 3, y = 14
      claimed  [1.098612288668109691 +/- 4.69e-19]
      true     [2.639057329615258614 +/- 5.91e-19]
      because  the enclosures are disjoint

    Args:
        f: an expression, its text, or a Python function, which is traced.
        df: the derivative, in any of these forms; a function takes the arguments of ``f``.
        wrt: the variable; None if there is only one.
        domain: for which points, as a condition or its text; None for the open set on which ``f`` is smooth.
        shapes: the shapes of parameters that are arrays, as in ``{"x": 3}``.
        integers: variables that are integers.
        constraints: further conditions on the arguments, each as a domain is written.
        assume: a condition that is taken for granted.
        constants: ``"exact"``, or ``"nearest"`` to read 0.7071067811865476 as √2/2; the verdict says so.
        timeout: seconds.
        allow_unknown: whether a derivative that is neither proved nor refuted passes: under pytest the test is skipped, elsewhere there
            is an `UndecidedWarning`.

    Raises:
        AssertionError: refuted, with a point; or undecided, with the reason.
        UnsupportedPrimitive: a function does what cannot be traced.
    """
    Assertion("derivative", f, df, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown).check()


def assert_gradient(
    f: Any,
    df: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> None:
    """Fail unless ``df`` is proved to be the gradient of ``f``.

    >>> assert_gradient(lambda x, y: x**2 * y, lambda x, y: (2 * x * y, x**2))
    >>> assert_gradient(lambda v: v @ v, lambda v: 2 * v, shapes={"v": 3})

    Args:
        f: as for `assert_derivative`.
        df: the partial derivatives: a list, tuple, array or dict, or a function that returns one of these; a number for one variable.
        domain, shapes, integers, constraints, assume, constants, allow_unknown: as for `assert_derivative`.
        timeout: seconds for each partial derivative.
        wrt: the parameters or variables, in the order of ``df``; by default those of ``f``.
    """
    Assertion("gradient", f, df, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown).check()


def assert_hessian(
    f: Any,
    d2f: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> None:
    """Fail unless ``d2f`` is proved to be the matrix of second partial derivatives of ``f``.

    >>> assert_hessian(lambda x, y: x**2 * y, lambda x, y: [[2 * y, 2 * x], [2 * x, 0]])

    The arguments are those of `assert_gradient`.
    """
    Assertion("Hessian", f, d2f, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown).check()


def assert_jacobian(
    f: Any,
    df: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> None:
    """Fail unless the rows of ``df`` are proved to be the partial derivatives of what ``f`` returns.

    >>> import math
    >>> assert_jacobian(lambda r, t: (r * math.cos(t), r * math.sin(t)),
    ...                 lambda r, t: [[math.cos(t), -r * math.sin(t)], [math.sin(t), r * math.cos(t)]])

    The arguments are those of `assert_gradient`.
    """
    Assertion("Jacobian", f, df, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown).check()


def assert_vjp(
    f: Any,
    backward: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> None:
    """Fail unless ``backward`` is proved to be the vector-Jacobian product of ``f``: the gradient of v·f, for every v.

    >>> assert_vjp(lambda x: x * x, lambda x, v: 2 * v * x, shapes={"x": 2})

    ``backward`` takes what ``f`` takes, and then v, which has the shape of what ``f`` returns.  The rest is as for `assert_gradient`.
    """
    how = (shapes, integers, constraints, assume, constants)
    Assertion("vector-Jacobian product", f, backward, domain, wrt, how, timeout, allow_unknown).check()


def proves_gradient_of(
    f: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> Callable[[F], F]:
    """Say of a function that it is the gradient of ``f``; pytest proves it.

    >>> @proves_gradient_of(lambda x, y: x**2 * y)
    ... def gradient(x, y):
    ...     return 2 * x * y, x**2
    >>> gradient(1.0, 2.0)
    (4.0, 1.0)
    >>> gradient.verdict()
    <proved: x: proved, y: proved>

    The decorated function is the same function with an attribute ``verdict``, which decides when it is first called and remembers.  The
    arguments are those of `assert_gradient`.
    """
    return _decorator("gradient", f, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown)


def proves_hessian_of(
    f: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> Callable[[F], F]:
    """Say of a function that it is the Hessian of ``f``; pytest proves it.  As `proves_gradient_of`."""
    return _decorator("Hessian", f, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown)


def proves_jacobian_of(
    f: Any,
    domain: DomainLike = None,
    *,
    wrt: Wrt = None,
    shapes: Shapes = None,
    integers: Variables | None = None,
    constraints: Sequence[DomainLike] = (),
    assume: DomainLike = None,
    constants: str = "exact",
    timeout: float | None = None,
    allow_unknown: bool = False,
) -> Callable[[F], F]:
    """Say of a function that it is the Jacobian of ``f``; pytest proves it.  As `proves_gradient_of`."""
    return _decorator("Jacobian", f, domain, wrt, (shapes, integers, constraints, assume, constants), timeout, allow_unknown)


def _decorator(kind: str, f: Any, *options: Any) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        held: Any = _held(function)
        assertion = Assertion(kind, f, held, *options)
        held.verdict = assertion.verdict
        held.__micrograd_claim__ = assertion
        return function

    return decorate


def _held(obj: Any) -> Any:
    """The function of a method without ``self``."""
    return obj.__func__ if isinstance(obj, staticmethod | classmethod) else obj


# --- one assertion -----------------------------------------------------------------------------------------------------


class Assertion:
    """A claim that must be proved, and, once it is asked for, the verdict."""

    def __init__(
        self,
        kind: str,
        f: Any,
        written: Any,
        domain: DomainLike,
        wrt: Wrt,
        meaning: tuple[Shapes, Variables | None, Sequence[DomainLike], DomainLike, str],
        timeout: float | None,
        allow_unknown: bool,
    ) -> None:
        self.claim: dict[str, Any] = {
            "kind": kind,
            "function": f,
            "claimed": written,
            "domain": domain,
            "wrt": wrt,
        }
        self.meaning = meaning
        self.timeout, self.allow_unknown = timeout, allow_unknown
        self._lock = threading.Lock()
        self._found: Verdicts | None = None

    def about(self, function: Any) -> Assertion:
        """The same claim about another function, in which a decorator has put the one that it was made about."""
        made = copy.copy(self)
        made.claim = {**self.claim, "claimed": function}
        made._lock, made._found = threading.Lock(), None
        return made

    def verdict(self) -> Verdicts:
        """The verdict on each derivative; decided once."""
        from micrograd.prove import Claim, Meaning

        with self._lock:
            if self._found is None:
                timeout = _timeout.get() if self.timeout is None else self.timeout
                self._found = Claim(**self.claim, how=Meaning(*self.meaning)).verdicts(timeout)
            return self._found

    def check(self) -> None:
        """Fail, or skip, unless everything is proved.

        Raises:
            AssertionError: with the verdicts that are not proofs.
        """
        __tracebackhide__ = True
        verdicts = self.verdict()
        item = _item.get()
        if item is not None:
            item.user_properties += [("micrograd", verdict.verdict) for verdict in verdicts.values()]
        if verdicts.verdict == "proved":
            return
        shown = [verdict for verdict in verdicts.values() if verdict.verdict != "proved"]
        text = "\n".join(map(str, shown))
        if verdicts.verdict == "unknown" and self.allow_unknown:
            _let_pass(text)
            return
        raise AssertionError(text)


def _let_pass(text: str) -> None:
    if _item.get() is not None and "PYTEST_CURRENT_TEST" in os.environ:
        import pytest

        pytest.skip(text)
    warnings.warn(text, UndecidedWarning, stacklevel=4)


# --- pytest's plugin ---------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    group = parser.getgroup("micrograd", "proofs of derivatives")
    group.addoption("--micrograd-timeout", type=float, default=TIMEOUT, metavar="S", help="seconds for each derivative (default: 20)")


def pytest_configure(config: pytest.Config) -> None:
    """Heed the option.

    Raises:
        UsageError: not a positive number.
    """
    seconds = config.getoption("--micrograd-timeout")
    if not seconds > 0:
        import pytest

        raise pytest.UsageError(f"--micrograd-timeout is a positive number of seconds, not {seconds:g}")
    _timeout.set(seconds)


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
    """A test for each gradient that a test module defines or imports; one for each in a session.

    Decorators hand the claim on to what they make of a function.  If that has the function's name, it is what the claim is about.
    """
    held = _held(obj)
    assertion = getattr(held, "__micrograd_claim__", None)
    if type(assertion) is not Assertion:
        return None
    claimed = assertion.claim["claimed"]
    if held is not claimed and name != getattr(claimed, "__name__", name):
        return []
    seen = collector.session.__dict__.setdefault("_micrograd_claims", {})
    if seen.setdefault(id(held), (collector.nodeid, name)) != (collector.nodeid, name):
        return []
    if held is not claimed:
        assertion = assertion.about(held)
    return _item_class().from_parent(collector, name=name, assertion=assertion, function=held)


def pytest_runtest_call(item: pytest.Item) -> None:
    """Note to which test the verdicts belong."""
    _item.set(item)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Forget it."""
    _item.set(None)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line with the number of proofs."""
    found: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                found.update(str(value) for key, value in report.user_properties if key == "micrograd")
    if found:
        others = "".join(f", {found[word]} {word}" for word in ("refuted", "unknown") if found[word])
        total = sum(found.values())
        terminalreporter.write_line(f"micrograd: {found['proved']} of {total} derivative{'s' if total > 1 else ''} proved{others}")


@functools.cache
def _item_class() -> Any:
    import pytest

    class GradientItem(pytest.Item):
        """The test that a hand-written gradient is right."""

        def __init__(self, *, assertion: Assertion, function: Any, **options: Any) -> None:
            super().__init__(**options)
            self.assertion, self.function = assertion, function

        def runtest(self) -> None:
            self.assertion.check()

        def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
            if isinstance(excinfo.value, AssertionError):
                return str(excinfo.value)
            return super().repr_failure(excinfo, style)

        def reportinfo(self) -> tuple[Path, int | None, str]:
            code = getattr(self.function, "__code__", None)
            path = Path(code.co_filename) if code is not None else self.path
            return path, None if code is None else code.co_firstlineno - 1, self.name

    return GradientItem
