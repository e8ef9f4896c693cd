"""Hand-written derivatives as claims: a function, and an expression for each partial derivative that is claimed.

All entry points, ``prove_*`` and ``assert_*``, read their arguments here.  A claim's function is matched as a call would match it
(`micrograd.trace.matching`).  It may return the partials as a number (of one variable), a list, tuple or array in the order of the
variables, one entry or one array for each parameter, or a dict by parameter or by variable.  What is not claimed is not proved: a missing
partial derivative, or a derivative of something else, is an error that names it.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from micrograd.prove.domains import read_domain, whole
from micrograd.prove.written import ENTRIES, as_list, entry, is_function, leaves, rows, shown
from micrograd.trace.arguments import entry_names
from micrograd.trace.matching import trace_called, trace_named
from micrograd.trace.tracing import Parameters, parameters_of, trace
from micrograd.verified.differentiation import defined, domain
from micrograd.verified.expr import TRUE, VAR, Condition, Expr, Node, all_of, any_of, var, variables

RAGGED = -1
"""In the place of a length: lists of different shapes."""

Shapes = Mapping[str, int | Sequence[int]]
Wrt = str | Expr | Sequence[str | Expr] | None


class WhichVariable(ValueError):
    """A derivative is claimed, and there are several variables, or none.

    Attributes:
        question: what has to be specified, in words.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.question = f"say with respect to which of {', '.join(names) or 'no variables'}"
        super().__init__(f"{self.question} by wrt=")


class Handwritten:
    """A function, and how claims about it are read.

    Attributes:
        components: what the function returns.
        shape: of the arrays or lists that it returns; () for a number.
        names: the variables of the derivatives, in their order.
        assumed: a condition without which the function is not what was read, if it is a Python function.
        assumed_of_claims: conditions without which Python functions that were claimed are not what was read.
        known: all variables: those of the function, used or not, of the domain, and those that ``wrt`` names.
        domain: a condition, or None.
        further: the conditions that are stated beside it, which it holds if there is one.
        called: the parameters with which functions that are claimed are called, if the function is one of Python's.

    Args:
        f: an expression, its text, or a Python function.
        wrt: parameters or variables, in the order of the derivatives; by default all of them.
        domain: a condition, its text, or a function that returns one (`micrograd.prove.domains`); None for the open set on which the
            function is smooth.
        shapes: the shapes of parameters that are arrays.
        integers: variables that are integers, whatever else the domain says.
        further: more conditions, by the names of their arguments, each as a domain is written.
        together: whether ``f`` returns its value and its gradient.
        what: the name of the argument ``f``, for messages.
    """

    def __init__(
        self,
        f: Any,
        *,
        wrt: Wrt = None,
        domain: Any = None,
        shapes: Shapes | None = None,
        integers: Any = (),
        further: Sequence[tuple[str, Any]] = (),
        together: bool = False,
        what: str = "f",
    ) -> None:
        self.shapes = _shapes(shapes)
        parameters = parameters_of(f, self.shapes) if is_function(f) else None
        written = None if parameters is not None else [entry(value, what) for value in leaves(f, what)]
        own = parameters.names if parameters is not None else sorted(_variables(*(written or ())))
        self.domain = read_domain(domain, f, parameters, own, self.shapes)
        more = [read_domain(given, f, parameters, own, self.shapes, argument) for argument, given in further]
        self.further = [condition for condition in more if condition is not None]
        within = all_of(TRUE if self.domain is None else self.domain, *self.further) if self.further else self.domain
        self.f, self.traced = f, trace(f, shapes=self.shapes, domain=within) if parameters is not None else None
        self.called: Parameters | None = self.traced
        self.assumed = TRUE if self.traced is None else self.traced.assumed
        self.assumed_of_claims: dict[Condition, None] = {}
        result = written if self.traced is None else self.traced.result
        if together:
            result, self.second = _both(result, what)
        self.shape = _shape(f if self.traced is None else result, what)
        self.components = [entry(value, what) for value in leaves(result, what)]
        self.names = list(own) if wrt is None else self._chosen(wrt)
        self.further += self._integral(integers)
        if self.domain is not None:
            self.domain = all_of(self.domain, *self.further)
        self._check_domain()
        self.known = tuple(dict.fromkeys([*own, *sorted(_variables(self.stated)), *self.names]))

    @property
    def stated(self) -> Condition:
        """What is said of the points, whatever the functions are."""
        return all_of(*self.further) if self.domain is None else self.domain

    def region(self, component: Expr) -> Condition | None:
        """Where something is claimed of a component; None for the open set on which it is smooth.

        Further conditions without a domain leave those points at which the component has a value.
        """
        return self.domain if self.domain is not None or not self.further else all_of(defined(component), *self.further)

    @property
    def function(self) -> Expr:
        """The function, if it returns one number, so that it has a gradient.

        Raises:
            ValueError: it has several components.
        """
        if len(self.components) != 1:
            raise ValueError(f"a gradient is that of one number, and the function returns {len(self.components)}: use a Jacobian")
        return self.components[0]

    def doubts(self) -> Iterator[tuple[Condition, Condition]]:
        """What is assumed of Python functions, and each set on which it is: that on which something is claimed of a component.

        A claim says nothing where the function has no value.
        """
        for component in self.components:
            claimed = self.region(component)
            region = domain(component) if claimed is None else claimed
            yield self.assumed, region
            yield all_of(*self.assumed_of_claims), all_of(region, defined(component))

    def label(self, key: Any) -> str:
        """How the user writes what a verdict of this key is about."""
        names = {} if self.traced is None else self.traced.written()
        return ", ".join(names.get(part, str(part)) for part in (key if isinstance(key, tuple) else (key,)))

    def variable(self) -> str:
        """The only variable of the derivatives.

        Raises:
            WhichVariable: there is another number of them.
        """
        if len(self.names) != 1:
            raise WhichVariable(self.names)
        return self.names[0]

    # --- the arguments

    def _chosen(self, wrt: Any) -> list[str]:
        """The variables that are named."""
        if isinstance(wrt, str | Node):
            wrt = [wrt]
        if isinstance(wrt, bytes | Mapping | set | frozenset) or not isinstance(wrt, Iterable):
            raise TypeError(f"wrt: a variable or a list of variables is needed, not {shown(wrt)}")
        names = [name for x in wrt for name in self.named(x, "wrt")]
        if not names:
            raise ValueError("wrt: no variable is named")
        twice = sorted(name for name, times in Counter(names).items() if times > 1)
        if twice:
            raise ValueError(f"wrt: {', '.join(twice)} is named twice")
        return names

    def named(self, x: Any, what: str) -> Sequence[str]:
        """The variables of a parameter; of a variable, itself.

        Raises:
            TypeError: no name and no variable.  ValueError: not a name; a Python function has no such parameter.
        """
        if isinstance(x, Expr) and x.head is VAR:
            x = x.key[1]
        if not isinstance(x, str):
            raise TypeError(f"{what}: the name of a variable is needed, not {shown(x)}")
        if self.traced is None:
            try:
                return [str(var(x))]
            except ValueError as reason:
                raise ValueError(f"{what}: {reason}") from None
        if x not in self.traced.shapes and x not in self.traced.names:
            raise ValueError(f"{what}: the function has no variable {x}; it has {', '.join(self.traced.names) or 'none'}")
        return self.traced.variables(x)

    def _integral(self, integers: Any) -> list[Condition]:
        """That these variables are integers."""
        if integers is None:
            return []
        if not isinstance(integers, str | Node | list | tuple):
            raise TypeError(f"integers: a variable or a list of variables is needed, not {shown(integers)}")
        names = [name for x in ([integers] if isinstance(integers, str | Node) else integers) for name in self.named(x, "integers")]
        return [whole(names)] if names else []

    def _check_domain(self) -> None:
        """Refuse a domain about variables that a Python function does not have."""
        unknown = set() if self.traced is None else _variables(self.stated) - set(self.traced.names)
        if unknown and self.traced is not None:
            names = ", ".join(self.traced.names)
            raise ValueError(f"the domain mentions {', '.join(sorted(unknown))}; the variables are {names}")

    # --- the claims

    def derivative(self, claim: Any, what: str = "claim") -> Expr:
        """The claimed derivative: one number.

        Raises:
            ValueError: another number of entries.
        """
        found = self.gradient(claim, what)
        return found[self.variable()]

    def value(self, other: Any, what: str) -> Expr:
        """Another function of the same variables: one number."""
        entries = [entry(x, what) for x in leaves(self._written(other, what, ordered=False), what)]
        if len(entries) != 1:
            raise ValueError(f"{what}: one number is needed, not {len(entries)}")
        return entries[0]

    def gradient(self, claim: Any, what: str = "claim") -> dict[str, Expr]:
        """The claimed partial derivatives by variable, one for each.

        Raises:
            ValueError: one is missing, or claimed twice, or is one of something else.
        """
        self._check_names()
        claim = self._written(claim, what)
        if isinstance(claim, Mapping):
            return self._by_name(claim, what)
        return _paired(self.names, [self._entry(value, what) for value in leaves(claim, what)], what)

    def _by_name(self, claim: Mapping[Any, Any], what: str) -> dict[str, Expr]:
        found: dict[str, Expr] = {}
        for key, value in claim.items():
            names = self.named(key, what)
            strange = [name for name in names if name not in self.known]
            if strange:
                raise ValueError(
                    f"{what}: {', '.join(strange)} is no variable of the function, which has {', '.join(self.known) or 'none'}"
                )
            if not found.keys().isdisjoint(names):
                raise ValueError(f"{what}: {', '.join(name for name in names if name in found)} is claimed twice")
            value = self._written(value, f"{what}[{key}]", ordered=False)
            found.update(_paired(names, [self._entry(x, f"{what}[{key}]") for x in leaves(value, what)], what))
        missing = [name for name in self.names if name not in found]
        if missing:
            raise ValueError(f"{what}: no partial derivative is claimed for {', '.join(missing)}; if that is intended, say so by wrt=")
        more = [name for name in found if name not in self.names]
        if more:
            raise ValueError(f"{what}: a partial derivative is claimed for {', '.join(more)}, which is not among {', '.join(self.names)}")
        return {name: found[name] for name in self.names}

    def vjp(self, claim: Any, what: str = "claim") -> tuple[Expr, dict[str, Expr]]:
        """v·f, and the claimed partial derivatives of it; the variables of v are known from here on."""
        if not self.components:
            raise ValueError("the function returns nothing, so it has no vector-Jacobian product")
        if RAGGED in self.shape:
            raise ValueError("the function returns parts of different shapes, so that its cotangent is no array: prove each part by itself")
        own = _variables(*self.components) if self.traced is None else {*self.traced.shapes, *self.traced.names}
        v = "v"
        while {v, *entry_names(v, self.shape)} & own:
            v += "_"
        names = entry_names(v, self.shape)
        stated = {v, *names} & set(self.known)
        if stated:
            raise ValueError(
                f"{', '.join(sorted(stated))}: the name of the cotangent, which is any, is that of a variable of the domain or of wrt"
            )
        self.known = (*self.known, *names)
        self.shapes = {**self.shapes, v: self.shape}
        if self.called is not None:
            self.called = Parameters((*self.called.names, *names), {**self.called.shapes, v: self.shape})
        entries = self.gradient(claim, what)
        terms = [var(name) * component for name, component in zip(names, self.components, strict=True)]
        return reduce(operator.add, terms), entries

    def hessian(self, claim: Any, what: str = "claim") -> list[list[Expr]]:
        """The claimed second partial derivatives, row by row."""
        return self._rows(claim, len(self.names), "Hessian", what)

    def jacobian(self, claim: Any, what: str = "claim") -> list[list[Expr]]:
        """The claimed partial derivatives of each component, row by row."""
        return self._rows(claim, len(self.components), "Jacobian", what)

    def _rows(self, claim: Any, count: int, kind: str, what: str) -> list[list[Expr]]:
        self._check_names()
        if not count:
            raise ValueError(f"the function returns nothing, so it has no {kind}")
        written, width = as_list(self._written(claim, what)), len(self.names)
        if isinstance(written, Mapping):
            raise TypeError(f"{what}: the rows of a {kind} are given in order, not as a dict")
        found = list(leaves(written, what))
        if len(found) != count * width:
            raise ValueError(
                f"{what}: the {kind} with respect to {', '.join(self.names)} has {count} rows of {width} entries, not {len(found)} entries"
            )
        return [[self._entry(x, what) for x in row] for row in rows(written, width, what)]

    def _check_names(self) -> None:
        if not self.names:
            raise ValueError("the function has no variables, so nothing is claimed; name one by wrt= if its derivative is meant to be 0")

    def _entry(self, value: Any, what: str) -> Expr:
        """An entry of a claim, which may be a function itself."""
        if is_function(value):
            value = self._written(value, what, ordered=False)
            if not isinstance(value, Expr):
                raise ValueError(f"{what}: one number is needed of each function")
        return entry(value, what)

    def _written(self, claim: Any, what: str, *, ordered: bool = True) -> Any:
        """The claim, or what its function returns."""
        if not is_function(claim):
            return claim
        somewhere = any_of(*dict.fromkeys(map(defined, self.components)))
        region = all_of(self.stated, somewhere)
        if self.called is not None:
            traced = trace_called(claim, self.f, self.called, region, what)
        else:
            traced = trace_named(claim, self.names if ordered else self.known, self.known, self.shapes, region, what)
        self.assumed_of_claims[traced.assumed] = None
        return traced.result


def _both(result: Any, what: str) -> tuple[Any, Any]:
    """The value and the gradient that a function returns together."""
    result = as_list(result)
    if not isinstance(result, list | tuple) or len(result) != 2:
        raise ValueError(f"{what}: no claim is given, so the function has to return its value and its gradient together")
    return result[0], result[1]


def _shape(result: Any, what: str) -> tuple[int, ...]:
    """The shape of nested lists."""
    result = as_list(result)
    if not isinstance(result, list | tuple):
        return ()
    shapes = {_shape(x, what) for x in result}
    return (len(result), *shapes.pop()) if len(shapes) == 1 else (len(result), *([RAGGED] if shapes else []))


def _variables(*nodes: Expr | Condition | None) -> set[str]:
    return {x.key[1] for x in variables(*[node for node in nodes if node is not None])}


def _shapes(shapes: Any) -> dict[str, Any]:
    """Shapes by parameter, of a size that can be traced."""
    if shapes is None:
        return {}
    if not isinstance(shapes, Mapping):
        raise TypeError(f"shapes: a dict from parameters to lengths is needed, not {shown(shapes)}")
    for name, shape in shapes.items():
        lengths = [shape] if isinstance(shape, int) else shape
        if not isinstance(lengths, list | tuple) or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in lengths):
            raise ValueError(f"shapes: the shape of {name} consists of positive lengths, not {shown(shape)}")
        if math.prod(lengths) > ENTRIES:
            raise ValueError(f"shapes: {name} has more than {ENTRIES} entries")
    return dict(shapes)


def _paired(names: Sequence[str], entries: Sequence[Expr], what: str) -> dict[str, Expr]:
    if len(names) != len(entries):
        raise ValueError(f"{what}: {len(entries)} partial derivatives are claimed for the {len(names)} variables {', '.join(names)}")
    return dict(zip(names, entries, strict=True))
