"""Expressions to LaTeX, with the registry's templates.

Like text, LaTeX is written without recursion, and a graph whose tree would swell names its shared parts (in an ``aligned`` block).
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from micrograd.verified.expr import CONST, MUL, VAR, Node, postorder
from micrograd.verified.nodes import latex_of
from micrograd.verified.printing import shared_parts
from micrograd.verified.wengert import number_text

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 10)

# Per head: own precedence, least precedence of each operand without parentheses, template.
_FORMS: dict[str, tuple[int, tuple[int, ...], str]] = {
    "add": (_SUM, (_SUM, _PRODUCT), "{0} + {1}"),
    "sub": (_SUM, (_SUM, _PRODUCT), "{0} - {1}"),
    "mul": (_PRODUCT, (_PRODUCT, _POWER), r"{0} \cdot {1}"),
    "div": (_POWER, (0, 0), r"\frac{{{0}}}{{{1}}}"),
    "reciprocal": (_POWER, (0,), r"\frac{{1}}{{{0}}}"),
    "neg": (_SIGN, (_POWER,), "-{0}"),
    "pow": (_POWER, (_ATOM, 0), "{0}^{{{1}}}"),
    "powi": (_POWER, (_ATOM, 0), "{0}^{{{1}}}"),
    "square": (_POWER, (_ATOM,), "{0}^2"),
    "exp": (_POWER, (0,), "e^{{{0}}}"),
    "exp2": (_POWER, (0,), "2^{{{0}}}"),
    "exp10": (_POWER, (0,), "10^{{{0}}}"),
    "lt": (_COMPARE, (_SUM, _SUM), "{0} < {1}"),
    "le": (_COMPARE, (_SUM, _SUM), r"{0} \le {1}"),
    "gt": (_COMPARE, (_SUM, _SUM), "{0} > {1}"),
    "ge": (_COMPARE, (_SUM, _SUM), r"{0} \ge {1}"),
    "eq": (_COMPARE, (_SUM, _SUM), "{0} = {1}"),
    "ne": (_COMPARE, (_SUM, _SUM), r"{0} \ne {1}"),
    "and": (_AND, (_AND, _NOT), r"{0} \land {1}"),
    "or": (_OR, (_OR, _AND), r"{0} \lor {1}"),
    "not": (_NOT, (_NOT,), r"\lnot {0}"),
    "where": (_ATOM, (0, 0, 0), r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"),
}
_KNOWN = frozenset(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth"])
_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)


def _form(which: Any) -> tuple[int, tuple[int, ...], str]:
    found = _FORMS.get(which.name)
    if found is not None:
        return found
    template = which.row.latex if which.row is not None else None
    if template is None:
        name = f"\\{which.name}" if which.name in _KNOWN else rf"\operatorname{{{{{which.name}}}}}"
        fields = ", ".join(f"{{{i}}}" for i in range(which.arity))
        template = rf"{name}\left({fields}\right)"
    return _ATOM, (0,) * which.arity, template


def _identifier(name: str) -> str:
    stem, _, index = name.partition("_")
    match = re.fullmatch(r"([A-Za-z]+?)(\d+)", stem)
    if match and not index:
        stem, index = match.group(1), match.group(2)
    symbol = f"\\{stem}" if stem in _GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return f"{symbol}_{{{index.replace('_', ',')}}}" if index else symbol


def _leaf(key: tuple[Any, ...], least: int) -> str:
    which = key[0]
    if which is VAR:
        return _identifier(key[1])
    if which is not CONST:
        return r"\pi" if which.name == "pi" else "e" if which.name == "e" else rf"\text{{{key[1]}}}"
    value = key[1]
    top = number_text(abs(value.numerator))
    text = top if value.denominator == 1 else rf"\frac{{{top}}}{{{number_text(value.denominator)}}}"
    if value < 0:
        text = f"-{text}"
    simple = value >= 0 and value.denominator == 1
    return rf"\left({text}\right)" if least > _SIGN and not simple else text


def _starts_with_a_letter(node: Any) -> bool:
    """Whether LaTeX of the node can follow a number without a sign between them."""
    which = node.head
    if which.name in ("pow", "powi", "square"):
        return node.key[1].head is VAR
    return which is VAR or which.name == "exp" or (which.row is not None and which.name not in _FORMS)


def _pieces(node: Any, least: int, names: dict[Any, str]) -> list[Any]:
    """One node as strings and ``(operand, least precedence)``, reversed for a stack."""
    if node in names:
        return [names[node]]
    key = node.key
    which = key[0]
    if not which.arity:
        return [_leaf(key, least)]
    own, leasts, template = _form(which)
    if which is MUL and key[1].head is CONST and _starts_with_a_letter(key[2]):
        template = "{0} {1}"
    parts: list[Any] = []
    for literal, field, _, _ in Formatter().parse(template):
        parts.append(literal)
        if field is not None:
            parts.append((key[1 + int(field)], leasts[int(field)]))
    if own < least:
        parts = [r"\left(", *parts, r"\right)"]
    return parts[::-1]


def _write(root: Any, names: dict[Any, str]) -> str:
    out: list[str] = []
    stack = _pieces(root, 0, names)
    while stack:
        item = stack.pop()
        if item.__class__ is str:
            out.append(item)
        else:
            node, least = item
            stack.extend(_pieces(node, least, names))
    return "".join(out)


def to_latex(root: Node) -> str:
    r"""LaTeX for math mode.  Linear in its length.

    >>> from micrograd.verified import var, sqrt
    >>> x = var("x"); print(to_latex(1 / sqrt(x**2 + 1)))
    \frac{1}{\sqrt{x^{2} + 1}}
    """
    names: dict[Any, str] = {}
    rows: list[str] = []
    for i, node in enumerate(shared_parts(postorder([root])), start=1):
        rows.append(rf"t_{{{i}}} &= {_write(node, names)} \\")
        names[node] = f"t_{{{i}}}"
    text = _write(root, names)
    return "\n".join([r"\begin{aligned}", *rows, f"& {text}", r"\end{aligned}"]) if rows else text


latex_of.give(to_latex)

__all__ = ["to_latex"]
