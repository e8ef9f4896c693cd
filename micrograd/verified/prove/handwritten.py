"""Hand-written gradients and Hessians as claims: one expression for each partial derivative.

A gradient's function takes the same arguments as the function.  It may return the partials as a number (of one variable), a list, tuple or
array in the order of the variables, one entry or one array for each parameter, or a dict by parameter or by variable.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from micrograd.verified.expr import VAR, Expr, as_expr, postorder
from micrograd.verified.parsing import parse, parse_condition
from micrograd.verified.prove.tracing import Traced, trace

Shapes = Mapping[str, int | Sequence[int]]


class Handwritten:
    """A function, and what was written as its derivatives.

    Args:
        f: an expression, its text, or a Python function.
        wrt: parameters or variables, in the order of the derivatives; by default all of them.
        shapes: the shapes of parameters that are arrays.
    """

    def __init__(self, f: Any, *, wrt: str | Expr | Sequence[str | Expr] | None = None, shapes: Shapes | None = None) -> None:
        self.shapes = dict(shapes or {})
        self.traced: Traced | None = None
        if _is_function(f):
            self.traced = trace(f, shapes=self.shapes)
            f = self.traced.result
        self.components = list(_leaves(f))
        self.names = self._wrt(wrt)

    @property
    def function(self) -> Expr:
        """The function of which there is a gradient.

        Raises:
            ValueError: it has several components.
        """
        if len(self.components) != 1:
            raise ValueError(f"a gradient is of one number, and the function returns {len(self.components)}; several have a Jacobian")
        return self.components[0]

    def _wrt(self, wrt: str | Expr | Sequence[str | Expr] | None) -> list[str]:
        if wrt is None:
            if self.traced is not None:
                return list(self.traced.names)
            return sorted(n.key[1] for n in postorder(self.components) if n.key[0] is VAR)
        chosen = [wrt] if isinstance(wrt, str | Expr) else wrt
        return [name for x in chosen for name in self._variables(str(x))]

    def _variables(self, parameter: str) -> list[str]:
        """The variables of a parameter; of a variable, itself."""
        return list(self.traced.variables(parameter)) if self.traced is not None else [parameter]

    def check_domain(self, domain: Any) -> None:
        """Refuse a domain about variables that a Python function does not have.

        Raises:
            ValueError: names them.
        """
        if self.traced is None or domain is None or isinstance(domain, bool):
            return
        condition = parse_condition(domain) if isinstance(domain, str) else domain
        unknown = {n.key[1] for n in postorder([condition]) if n.key[0] is VAR} - set(self.traced.names)
        if unknown:
            raise ValueError(f"the domain mentions {', '.join(sorted(unknown))}; the variables are {', '.join(self.traced.names)}")

    def gradient(self, claim: Any, *, complete: bool = True) -> dict[str, Expr]:
        """The claimed partial derivatives by variable.

        Raises:
            ValueError: not as many as there are variables; a dict may have fewer unless it is to be complete.
        """
        claim = self._written(claim)
        if isinstance(claim, Mapping):
            found: dict[str, Expr] = {}
            for key, value in claim.items():
                found.update(_paired(self._variables(str(key)), list(_leaves(value))))
            missing = [name for name in self.names if name not in found]
            if complete and missing:
                raise ValueError(f"no partial derivative is claimed for {', '.join(missing)}; say by wrt= if that is meant")
            return found
        return _paired(self.names, list(_leaves(claim)))

    def hessian(self, claim: Any) -> list[list[Expr]]:
        """The claimed second partial derivatives, row by row."""
        return self._rows(claim, len(self.names), "Hessian")

    def jacobian(self, claim: Any) -> list[list[Expr]]:
        """The claimed partial derivatives of each component, row by row."""
        return self._rows(claim, len(self.components), "Jacobian")

    def _rows(self, claim: Any, rows: int, what: str) -> list[list[Expr]]:
        entries, n = list(_leaves(self._written(claim))), len(self.names)
        if len(entries) != rows * n:
            raise ValueError(
                f"the {what} with respect to {', '.join(self.names)} has {rows} rows of {n} entries, not {len(entries)} entries"
            )
        return [entries[i * n : (i + 1) * n] for i in range(rows)]

    def _written(self, claim: Any) -> Any:
        if not _is_function(claim):
            return claim
        if self.traced is None:
            return trace(claim, shapes=self.shapes).result
        own = [p.name for p in inspect.signature(claim).parameters.values() if p.default is p.empty]
        if all(name in self.traced.parameters for name in own):
            return trace(claim, shapes={name: self.traced.parameters[name] for name in own if self.traced.parameters[name]}).result
        return trace(claim, self.traced.names).result


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, Expr)


def _entry(value: Any) -> Expr:
    return parse(value) if isinstance(value, str) else as_expr(value)


def _leaves(value: Any) -> Iterator[Expr]:
    """The entries of nested lists, in order."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, list | tuple):
            stack.extend(reversed(top))
        else:
            yield _entry(top)


def _paired(names: Sequence[str], entries: Sequence[Expr]) -> dict[str, Expr]:
    if len(names) != len(entries):
        raise ValueError(f"{len(entries)} partial derivatives are claimed for the {len(names)} variables {', '.join(names)}")
    return dict(zip(names, entries, strict=True))
