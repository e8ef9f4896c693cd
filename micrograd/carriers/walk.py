"""One evaluation: a walk over the graph, without recursion, in which shared parts are computed once.

Only what is needed has to be defined.  A fault at a node is remembered, and raised if the node turns out to be needed: in
``where(c, a, b)`` the branch that is not chosen may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from micrograd.carriers.carrier import Carrier, OnDomain
from micrograd.carriers.definitions import meaning
from micrograd.carriers.forms import INTEGER_POWER_SLOPE, Match
from micrograd.verified.errors import DomainError, FloatRangeError, MicrogradError, UnsupportedPrimitive
from micrograd.verified.expr import AND, BOOL, CONST, NOT, OR, POWI, VAR, WHERE, Expr, Node, named, paused_collection
from micrograd.verified.row import Primitive

_MISSING = object()


class Walk:
    """One evaluation; ``faults`` holds what went wrong at nodes that may turn out not to be needed."""

    def __init__(self, carrier: Carrier, env: Mapping[str, Any], on_domain: OnDomain) -> None:
        self.carrier, self.on_domain = carrier, on_domain
        self.inputs = {name: carrier.number(value) for name, value in env.items()}
        self.values: dict[Any, Any] = {named(name): value for name, value in self.inputs.items()}
        self.fell_back = False
        """Whether a function occurred that the carrier has only by its fallback."""
        self.faults: dict[Any, MicrogradError] = {}
        self.doubtful: set[Any] = set()
        """Conditions of unknown truth that may have none at all, since what they compare may be undefined."""
        self.silent = on_domain == "ieee"

    def run(self, roots: Sequence[Node]) -> list[Any]:
        """Values of the roots.  One depth-first walk that computes each node once, after its operands."""
        values, faults, functions = self.values, self.faults, self.carrier.by_head
        suspicious, low, high = self.carrier.suspicious, self.carrier.finite, -self.carrier.finite
        by_root = self.carrier.by_root
        stack: list[Any] = list(roots)
        pop, push, get = stack.pop, stack.append, values.get
        while stack:
            node = pop()
            if node in values:
                continue
            while True:
                key = node.key
                function = functions.get(key[0])
                if function is None or faults:
                    if not key[0].arity:
                        self.leaf(node, key, key[0])
                        break
                    waiting = [child for child in key[1:] if child not in values]
                    if waiting:
                        push(node)
                        stack.extend(waiting)
                    else:
                        self.other(node, key, key[0])
                    break
                first = get(key[1], _MISSING)
                if first is _MISSING:
                    push(node)
                    node = key[1]
                    continue
                try:
                    if len(key) == 3:
                        second = get(key[2], _MISSING)
                        if second is _MISSING:
                            push(node)
                            node = key[2]
                            continue
                        value = function(first, second)
                    else:
                        value = function(first)
                except (ArithmeticError, ValueError):
                    self.other(node, key, key[0])
                    break
                of_root = by_root.get(key[0])
                if of_root is not None:
                    matcher = of_root.get(key[-1].key[0])
                    match = None if matcher is None else matcher(key)
                    if match is not None:
                        value = self.whole(match, value)
                values[node] = value
                if not low < value < high and suspicious(value):
                    self.examine(node, key, None)
                break
        if self.fell_back:
            self.sharpen(roots)
        for root in roots:
            if root in faults:
                raise faults[root]
        return [values[root] for root in roots]

    def sharpen(self, roots: Sequence[Node]) -> None:
        """Take the carrier's better values of expressions as a whole, where it has any."""
        for root in roots:
            if isinstance(root, Expr) and isinstance(self.faults.get(root), FloatRangeError | None) and not _is_single(root):
                value = self.carrier.sharper(root, self.inputs)
                if value is not None:
                    self.values[root] = value
                    self.faults.pop(root, None)

    def whole(self, match: Match, value: Any) -> Any:
        """The value of a node that is a composite form and comes to ``value`` operation by operation."""
        form, operands = match
        numbers = [self.values[operand] for operand in operands]
        if form is INTEGER_POWER_SLOPE:
            numbers[1] = operands[1].key[1]
        better = self.carrier.forms[form.name](*numbers)
        return value if better != better else better

    def other(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """Conditions, choices, integer powers, and everything once something went wrong."""
        if which is WHERE or which is AND or which is OR:
            self.lazy(node, key, which)
        elif not (self.faults and self.inherited(node, key[1:])):
            operands = [self.values[child] for child in key[1:]]
            if which is NOT:
                self.condition(node, None if operands[0] is None else not operands[0], key[1] in self.doubtful)
            elif which.boolean:
                truth = self.carrier.compare(which, *operands)
                self.condition(node, truth, truth is None and any(map(self.carrier.suspicious, operands)))
            else:
                self.apply(node, key, operands)

    def leaf(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """A constant or a symbol."""
        if which is VAR:
            raise KeyError(key[1])
        if which is CONST:
            self.values[node] = self.carrier.number(key[1])
        elif which is BOOL:
            self.values[node] = key[1]
        else:
            try:
                self.values[node] = self.carrier.symbol(which)
            except UnsupportedPrimitive as error:
                self.fault(node, error)

    def apply(self, node: Any, key: tuple[Any, ...], operands: list[Any]) -> None:
        """One primitive, with care."""
        function = self.carrier.functions.get(key[0].name)
        if function is None:
            function = self.carrier.function(key[0].row)
            self.fell_back = True
        if key[0] is POWI:
            operands[1] = key[2].key[1]
        if function is None:
            self.fault(node, UnsupportedPrimitive(f"{key[0].name} has no value as a {self.carrier.name}"))
            return
        try:
            value = function(*operands)
        except (ArithmeticError, UnsupportedPrimitive) as error:
            self.examine(node, key, error)
            return
        matcher = self.carrier.by_root.get(key[0], {}).get(key[-1].key[0])
        match = None if matcher is None else matcher(key)
        self.values[node] = value if match is None else self.whole(match, value)
        if self.carrier.suspicious(self.values[node]):
            self.examine(node, key, None)

    def inherited(self, node: Any, children: Iterable[Any]) -> bool:
        """Whether a fault comes up from an operand."""
        for child in children:
            if child in self.faults:
                self.fault(node, self.faults[child])
                return True
        return False

    def condition(self, node: Any, truth: bool | None, doubtful: bool) -> None:
        """The truth of a condition; of one that is not known, whether it may have none."""
        self.values[node] = truth
        if truth is None and doubtful:
            self.doubtful.add(node)

    def lazy(self, node: Any, key: tuple[Any, ...], which: Any) -> None:
        """``where``, ``and`` and ``or`` look only at the operands they need."""
        if self.inherited(node, key[1:2]):
            return
        truth = self.values[key[1]]
        if which is WHERE:
            if truth is None:
                lost = key[1] in self.doubtful or key[2] in self.faults or key[3] in self.faults
                a, b = self.values[key[2]], self.values[key[3]]
                self.values[node] = self.carrier.unknown() if lost else self.carrier.either(a, b)
            elif not self.inherited(node, key[2:3] if truth else key[3:]):
                self.values[node] = self.values[key[2 if truth else 3]]
        elif truth is not None and bool(truth) is (which is OR):
            self.values[node] = truth
        elif truth is None and (key[1] in self.doubtful or key[2] in self.faults):
            self.condition(node, None, doubtful=True)  # what is undefined first is so whatever comes second
        elif not self.inherited(node, key[2:]):
            second = self.values[key[2]]
            settled = second is not None and bool(second) is (which is OR)
            self.condition(node, second if truth is not None or settled else None, key[2] in self.doubtful)

    def fault(self, node: Any, error: MicrogradError) -> None:
        """Remember a fault; it is raised if the node turns out to be needed."""
        self.faults[node] = error
        self.values[node] = None

    def examine(self, node: Any, key: tuple[Any, ...], error: Exception | None) -> None:
        """A result that is not finite: outside of the domain, or overflow?"""
        if self.silent and error is None:
            return
        row = key[0].row
        operands = {name: self.values[child] for name, child in zip(row.params, key[1:], strict=True)}
        truth = Walk(self.carrier, operands, "ieee").run([row.defined_template])[0]
        if truth is False:
            shown = ", ".join(f"{name} = {value}" for name, value in operands.items())
            self.fault(node, DomainError(row.name, str(row.defined_template), shown))
        elif error is not None:
            self.fault(node, UnsupportedPrimitive(f"{row.name}: {error}"))
        elif self.carrier.is_nan(self.values[node]) and not any(map(self.carrier.is_nan, operands.values())):
            shown = ", ".join(str(value) for value in operands.values())
            self.fault(node, FloatRangeError(f"{row.name}({shown}) has no value as a float; evaluate with Arb balls instead"))


def _is_single(root: Node) -> bool:
    """Whether this is one function of numbers or variables, whose value cannot be improved."""
    return not root.key[0].arity or all(not child.key[0].arity for child in root.key[1:])


def values(carrier: Carrier, roots: Sequence[Node], env: Mapping[str, Any], on_domain: OnDomain = "raise") -> list[Any]:
    """Values of the roots over a carrier, from values by variable name.

    Raises:
        KeyError: a variable has no value.  The others as `micrograd.evaluate`.
    """
    with paused_collection(), carrier.alone:
        return Walk(carrier, env, on_domain).run(roots)


def by_definition(carrier: Carrier, row: Primitive, on_domain: OnDomain) -> Callable[..., Any] | None:
    """A primitive as the value of its definition; None if it has none."""
    body = meaning(row)
    if body is None:
        return None

    def apply(*operands: Any) -> Any:
        return Walk(carrier, dict(zip(row.params, operands, strict=True)), on_domain).run([body])[0]

    return apply
