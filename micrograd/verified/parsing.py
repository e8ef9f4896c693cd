"""Text to expressions: an operator-precedence (shunting-yard) parser with explicit stacks.

The language is Python's arithmetic: ``+ - * / **``, calls of registered functions, ``where(c, a, b)``, comparisons (also chained),
``and or not``, decimal literals (exact), ``pi`` and ``e``.  A text may name shared parts first: ``t1 = sin(x); t1 + t1**2``.
No recursion, time and memory linear in the text, and nothing is ever evaluated as code.

Precedence, loosest first: ``or``, ``and``, ``not``, comparisons, ``+ -``, ``* /``, unary ``+ -``, ``**`` (to the right).
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Any, NoReturn

from micrograd.verified.errors import ParseError
from micrograd.verified.expr import (
    EQ,
    FALSE,
    FUNCTION_NAMES,
    GE,
    GT,
    HEADS,
    LE,
    LT,
    MAX_BITS,
    NAMES_RESERVED,
    NE,
    SOFT_NAMES,
    TRUE,
    Condition,
    Expr,
    add,
    build,
    compare,
    conjunction,
    constant,
    disjunction,
    div,
    e,
    mul,
    neg,
    negate,
    paused_collection,
    pi,
    power,
    sub,
    var,
)

MAX_DIGITS = 4000
"""Decimal literals have at most this many digits, exponents written out; hexadecimal integers have at most `MAX_BITS` bits."""
MAX_CHARACTERS = 1 << 24
"""Longer texts are refused at once; `micrograd.verified.from_json` reads graphs of any size."""
MAX_PENDING = 1 << 22
"""At most this many operators and parentheses may wait for their operands; what nests deeper is refused."""
_BLOCK = 4096
"""How many tokens are read ahead; at least two."""

_TOKEN = re.compile(
    r"[ \t\r\n\f]*(0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|[A-Za-z_][A-Za-z_0-9]*|\*\*|<=|>=|==|!=|[^ \t\r\n\f])",
    re.DOTALL,
)
_NUMBER = re.compile(r"([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?")

_OPEN, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER = range(9)

Make = Callable[..., Any]


def _comparison(which: Any) -> Make:
    return lambda a, b: compare(which, a, b)


_BINARY: dict[str, tuple[int, Make]] = {
    "+": (_SUM, add),
    "-": (_SUM, sub),
    "*": (_PRODUCT, mul),
    "/": (_PRODUCT, div),
    "**": (_POWER, power),
    "<": (_COMPARE, _comparison(LT)),
    "<=": (_COMPARE, _comparison(LE)),
    ">": (_COMPARE, _comparison(GT)),
    ">=": (_COMPARE, _comparison(GE)),
    "==": (_COMPARE, _comparison(EQ)),
    "!=": (_COMPARE, _comparison(NE)),
    "and": (_AND, conjunction),
    "or": (_OR, disjunction),
}
_PREFIX: dict[str, tuple[int, Make]] = {
    "-": (_SIGN, neg),
    "+": (_SIGN, lambda a: a),
    "not": (_NOT, negate),
}
_CONSTANTS: dict[str, Any] = {"pi": pi, "e": e, "True": TRUE, "False": FALSE}
_VARIADIC = frozenset(("max", "min"))
_CONDITION_OPERANDS = (_AND, _OR, _NOT)


def _fold_call(name: str, arguments: list[Any]) -> Any:
    result = arguments[0]
    for argument in arguments[1:]:
        result = build(HEADS[name], result, argument)
    return result


def number(token: str) -> int | Fraction:
    """The exact value of a numeric literal; raises ValueError if it has too many digits."""
    if token[:2] in ("0x", "0X"):
        if len(token) - 2 > MAX_BITS // 4:
            raise ValueError(f"the literal has more than {MAX_BITS} bits")
        return int(token, 16)
    match = _NUMBER.fullmatch(token)
    if match is None:
        raise ValueError(f"{token[:40]!r} is not a number")
    whole, digits, exponent_text = match.group(1), match.group(2), match.group(3) or "0"
    if len(exponent_text) > 6 or len(whole) + len(digits) + abs(int(exponent_text)) > MAX_DIGITS:
        raise ValueError(f"the literal has more than {MAX_DIGITS} digits")
    value = int(whole + digits)
    shift = int(exponent_text) - len(digits)
    return value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)


class _Parser:
    """One parse: a stack of operands, a stack of pending operators ``(precedence, make, arity, index of its token)``.

    Tokens are read in blocks, ``tokens[index]`` being the current one; those before it are forgotten, but for the last.  The index of a
    token that is kept for an error counts from the beginning of the text: ``before + index``.
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"parse() takes a str, not {type(text).__name__}")
        if len(text) > MAX_CHARACTERS:
            raise ParseError(f"the text has more than {MAX_CHARACTERS} characters", position=MAX_CHARACTERS)
        self.text = text
        self.scanner = _TOKEN.finditer(text)
        self.tokens: list[str] = []
        self.index = 0
        self.before = 0
        self.atoms: dict[str, Any] = dict(_CONSTANTS)
        self.operands: list[Any] = []
        self.pending: list[tuple[int, Make, int, int]] = []
        self.calls: list[tuple[str, int, int]] = []
        self.more()

    def more(self) -> None:
        """Read the next block of tokens, so that the current token and the next are at hand if the text has them."""
        if len(self.pending) > MAX_PENDING:
            self.fail(f"more than {MAX_PENDING} operators and parentheses are open")
        passed = max(0, self.index - 1)
        self.tokens = [*self.tokens[passed:], *(match[1] for match in islice(self.scanner, _BLOCK))]
        self.index -= passed
        self.before += passed

    def step(self, count: int = 1) -> None:
        """Advance by one token, or by two."""
        self.index += count
        if self.index + 2 > len(self.tokens):
            self.more()

    # -- errors

    def fail(self, message: str, index: int | None = None) -> NoReturn:
        """Raise ParseError at a token (default: the current one), given by its number in the text."""
        wanted = self.before + self.index if index is None else index
        position = len(self.text)
        for count, match in enumerate(_TOKEN.finditer(self.text)):
            if count == wanted:
                position = match.start(1)
                break
        raise ParseError(message, position=position, text=self.text)

    # -- the two states: a token where an operand starts, a token after an operand

    def operand(self, token: str) -> bool:
        """Take a token where an operand may start; return whether another operand must follow."""
        atom = self.atoms.get(token)
        if atom is not None:
            self.operands.append(atom)
            return False
        if token in _PREFIX:
            precedence, make = _PREFIX[token]
            self.pending.append((precedence, make, 1, self.before + self.index))
            return True
        if token == "(":
            self.pending.append((_OPEN, neg, 0, self.before + self.index))
            self.calls.append(("", len(self.operands), self.before + self.index))
            return True
        if token in FUNCTION_NAMES or (token in SOFT_NAMES and self.tokens[self.index + 1 : self.index + 2] == ["("]):
            return self.call(token)
        self.operands.append(self.leaf(token))
        return False

    def call(self, name: str) -> bool:
        """Open a call; the parenthesis must follow."""
        start = self.before + self.index
        self.step()
        if self.index >= len(self.tokens) or self.tokens[self.index] != "(":
            self.fail(f"{name!r} is a function: write {name}(...)", start)
        self.pending.append((_OPEN, neg, 0, start))
        self.calls.append((name, len(self.operands), start))
        return True

    def leaf(self, token: str) -> Any:
        """A number or a variable, remembered for its next occurrence."""
        first = token[0]
        if first.isascii() and (first.isdigit() or (first == "." and len(token) > 1)):
            try:
                node: Any = constant(number(token))
            except ValueError as error:
                self.fail(str(error))
        elif first.isascii() and (first.isalpha() or first == "_"):
            if token in NAMES_RESERVED or keyword.iskeyword(token):
                self.fail(f"{token!r} is not part of the language")
            node = var(token)
        elif first == ")" and self.calls and self.tokens[self.index - 1] == "(":
            self.fail("an expression is missing between the parentheses")
        elif first in "),;=<>*/!" or token in _BINARY:
            self.fail(f"an operand is missing before {token!r}")
        else:
            self.fail(f"unexpected character {token!r}")
        self.atoms[token] = node
        return node

    def operator(self, token: str) -> bool:
        """Take a token after a complete operand; return whether an operand must follow."""
        binary = _BINARY.get(token)
        if binary is None:
            return self.close(token)
        precedence, make = binary
        pending = self.pending
        limit = precedence if precedence != _POWER else _POWER + 1
        if precedence == _COMPARE:
            limit += 1
        while pending and pending[-1][0] >= limit:
            self.reduce()
        if precedence == _COMPARE and pending and pending[-1][0] == _COMPARE:
            self.chain()
        pending.append((precedence, make, 2, self.before + self.index))
        return True

    def close(self, token: str) -> bool:
        """A parenthesis or a comma after an operand."""
        if token not in (")", ","):
            self.unexpected(token)
        while self.pending and self.pending[-1][0] != _OPEN:
            self.reduce()
        if not self.calls:
            self.fail("unbalanced ')'" if token == ")" else "a comma outside of a call")
        name, base, start = self.calls[-1]
        if token == ",":
            if not name:
                self.fail("a comma inside plain parentheses: tuples are not part of the language")
            return True
        self.pending.pop()
        self.calls.pop()
        if name:
            arguments = self.operands[base:]
            del self.operands[base:]
            self.operands.append(self.apply(name, arguments, start))
        return False

    def unexpected(self, token: str) -> NoReturn:
        """Name what cannot follow an operand."""
        before = self.tokens[self.index - 1]
        if token == "(" and (before.isidentifier() or before == ")"):
            close = difflib.get_close_matches(before[:40], sorted(FUNCTION_NAMES | SOFT_NAMES), 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            self.fail(f"{before!r:.80} is not a function{hint}", self.before + self.index - 1)
        if token == ".":
            self.fail("attribute access is not part of the language")
        if token == "=":
            self.fail("'=' names a shared part (`t1 = ...;`); for the condition write '=='")
        self.fail(f"an operator is missing before {token!r}")

    # -- building

    def apply(self, name: str, arguments: list[Any], start: int) -> Any:
        """The call of a registered function."""
        arity = HEADS[name].arity
        if len(arguments) != arity and not (name in _VARIADIC and len(arguments) > arity):
            self.fail(f"{name} takes {arity} argument{'s' * (arity != 1)}, not {len(arguments)}", start)
        for position, argument in enumerate(arguments):
            if isinstance(argument, Condition) is not (name == "where" and position == 0):
                wanted = "a condition" if name == "where" and position == 0 else "a number"
                self.fail(f"argument {position + 1} of {name} must be {wanted}", start)
        return _fold_call(name, arguments) if name in _VARIADIC else build(HEADS[name], *arguments)

    def reduce(self) -> None:
        """Apply the operator on top of the stack to the operands on top."""
        precedence, make, arity, index = self.pending.pop()
        operands = self.operands
        wanted = Condition if precedence in _CONDITION_OPERANDS or make is _link else Expr
        last = operands.pop()
        if arity == 1:
            if last.__class__ is not wanted:
                self.mismatch(index, wanted)
            operands.append(make(last))
            return
        first = operands[-1]
        if last.__class__ is not wanted or first.__class__ is not wanted:
            self.mismatch(index, wanted)
        operands[-1] = make(first, last)

    def mismatch(self, index: int, wanted: type) -> NoReturn:
        """An operator stands between operands of the wrong sort."""
        noun = "conditions" if wanted is Condition else "numbers"
        token = next(islice(_TOKEN.finditer(self.text), index, None))[1]
        self.fail(f"{token!r} takes {noun}", index)

    def chain(self) -> None:
        """``a < b < c`` means ``a < b and b < c``: close the first comparison and keep its right side."""
        middle = self.operands[-1]
        self.reduce()
        while self.pending and self.pending[-1][1] is _link:
            self.reduce()
        self.pending.append((_COMPARE, _link, 2, self.before + self.index))
        self.operands.append(middle)

    # -- driving

    def statement(self) -> Any:
        """Parse up to ``;`` or the end; returns the node."""
        operand, operator = self.operand, self.operator
        expecting = True
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            if token == ";":
                break
            expecting = operand(token) if expecting else operator(token)
            self.index += 1
            if self.index + 2 > len(self.tokens):
                self.more()
        if expecting:
            self.fail("the expression ends where an operand is expected" if self.tokens else "the text is empty")
        while self.pending:
            if self.pending[-1][0] == _OPEN:
                self.fail("'(' is never closed", self.pending[-1][3])
            self.reduce()
        return self.operands.pop()

    def program(self) -> Any:
        """``name = expression; …; expression``."""
        for name in self.names():
            if name in _CONSTANTS or name in FUNCTION_NAMES or name in NAMES_RESERVED:
                self.fail(f"{name!r} cannot name a shared part", self.before + self.index - 2)
            if name in self.atoms:
                self.fail(f"{name!r:.80} already has a meaning", self.before + self.index - 2)
            self.atoms[name] = self.statement()
            if self.index >= len(self.tokens):
                self.fail("the last part must be an expression without a name")
            self.step()
        result = self.statement()
        if self.index < len(self.tokens):
            self.fail("nothing may follow the unnamed expression")
        return result

    def names(self) -> Iterator[str]:
        """The names of shared parts; after each, the index stands behind its ``=``."""
        while self.index + 1 < len(self.tokens) and self.tokens[self.index + 1] == "=":
            name = self.tokens[self.index]
            if not name.isidentifier() or not name.isascii():
                self.fail(f"{name!r:.80} cannot name a shared part")
            self.step(2)
            yield name


def _link(first: Any, last: Any) -> Any:
    return conjunction(first, last)


@paused_collection()
def parse_any(text: str) -> Expr | Condition:
    """Parse text that may be an expression or a condition."""
    return _Parser(text).program()  # type: ignore[no-any-return]


def parse(text: str) -> Expr:
    """Parse an expression; the inverse of ``str``.

    >>> parse("x**2 + 0.1*y")
    x**2 + 1/10*y

    Raises:
        ParseError: with the position of the fault.
    """
    node = parse_any(text)
    if not isinstance(node, Expr):
        raise ParseError("a condition, where an expression is expected", position=0, text=text)
    return node


def parse_condition(text: str) -> Condition:
    """Parse a condition such as ``x > 0 and y != 0``.

    >>> parse_condition("0 < x < 1")
    0 < x and x < 1

    Raises:
        ParseError: with the position of the fault.
    """
    node = parse_any(text)
    if not isinstance(node, Condition):
        raise ParseError("an expression, where a condition is expected", position=0, text=text)
    return node


__all__ = ["parse", "parse_condition"]
