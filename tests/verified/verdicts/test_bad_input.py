"""Certificates that are none: refused, with the number of the line, in time and memory like those of the file."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from micrograd.prove.certificates.certify import derivative_certificate
from micrograd.verified import parse, var
from micrograd.verified.check import main
from micrograd.verified.errors import CertificateError
from micrograd.verified.parsing import parse_condition
from micrograd.verified.verdicts.check import check_verdict
from micrograd.verified.verdicts.polynomials import MAX_WORK


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """A certificate with a cut, a solution that is put in, values and signs."""
    claim = "where(x > 0, 2*x, -2*x)"
    return derivative_certificate(parse("x*abs(x)"), var("x"), parse(claim), parse_condition("x != 0")).data


def changed(good: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(good)), **parts}


def test_the_good_one(good: dict[str, Any]) -> None:
    assert check_verdict(good)["statement"]["derivative"] == "where(x > 0, 2*x, -2*x)"


@pytest.mark.parametrize(
    "parts",
    [
        {"format": "micrograd-certificate"},
        {"version": 2},
        {"version": "1"},
        {"registry": "0" * 64},
        {"nodes": {}},
        {"nodes": []},
        {"lines": None},
        {"lines": []},
        {"claim": {}},
        {"claim": {"kind": "derivative"}},
        {"claim": {"kind": "truth", "a": 0, "b": 0, "domain": 0}},
        {"claim": None},
        {"more": 1},
    ],
    ids=str,
)
def test_parts_that_are_missing_or_wrong(good: dict[str, Any], parts: dict[str, Any]) -> None:
    with pytest.raises(CertificateError):
        check_verdict(changed(good, **parts))


@pytest.mark.parametrize(
    "entry",
    [["evil", 0], ["add", 0], ["add", 0, 10**6], ["add", 0, -1], ["add", 0, True], ["add", 0, 0.0], ["add", "0", "0"], ["var", "x y"], [], "x", None,
     ["const", "1e9"], ["const", "9" * 5000], ["const", "1/0"], ["var", "x", 1], ["and", 0, 0], [["add"], 0, 0], ["bool", 2]],
    ids=lambda entry: str(entry)[:20],
)  # fmt: skip
def test_nodes_that_are_none(good: dict[str, Any], entry: Any) -> None:
    with pytest.raises(CertificateError):
        check_verdict(changed(good, nodes=[*good["nodes"], entry]))


LINES: list[Any] = [
    [], None, "end", ["evil"], [["end"]], ["val"], ["val", 0], ["val", -1, [], [], []], ["val", 10**9, [], [], []], ["gen"], ["gen", None], ["gen", ["var"]],
    ["gen", "var", "x"], ["gen", "exp", [["1", [0, 2001]]], [["1", []]], []], ["gen", "exp", [["1", [5, 1, 4, 1]]], [["1", []]], []],
    ["gen", "exp", [["0", []]], [["1", []]], []], ["gen", "exp", [["1", []], ["1", []]], [["1", []]], []], ["gen", "exp", [["1", [0, 1.5]]], [["1", []]], []],
    ["gen", "exp", [["9" * 9000, []]], [["1", []]], []], ["gen", "exp", [[1, []]], [["1", []]], []], ["hyp", 0, ["1", []]], ["use", 0], ["use", -1],
    ["about", 0, 0, ["1", []]], ["ask", [], [2], False], ["ask", [], "1", False], ["empty"], ["terms"], ["bound", 0, "1", "2"], ["def", 0, 0, ["1", []]],
    ["cmp", 0, ["1", []]], ["or", 0], ["sign"], ["put", 0, 0, 0], ["fix", 0, 0, 0], ["have", 0], ["sum", 0], ["sum", 0, 0], ["kink", []], ["beside", 0, 9, []], ["join"], ["none"],
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line)[:40])
def test_lines_that_are_none(good: dict[str, Any], line: Any) -> None:
    with pytest.raises(CertificateError) as found:
        check_verdict(changed(good, lines=[line, *good["lines"]]))
    assert found.value.step in (0, None) or line == ["empty"] or line[:1] in (["sign"], ["gen"])


def test_every_part_of_a_line_matters_to_its_form(good: dict[str, Any]) -> None:
    """No change of a value's type makes anything but a certificate that is refused, or the same."""
    for number, line in enumerate(good["lines"]):
        for place in range(len(line)):
            wrongs: tuple[Any, ...] = (None, {}, [[]], -1, "x", True, 10**18)
            for wrong in wrongs:
                lines = json.loads(json.dumps(good["lines"]))
                lines[number][place] = wrong
                try:
                    check_verdict(changed(good, lines=lines))
                except CertificateError:
                    continue
                assert line[0] in ("ask", "empty", "val"), (line, wrong)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,2", '{"format": "micrograd-verdict", "format": "micrograd-verdict"}', "NaN", '{"format": NaN}', "[" * 100_000, "9" * 1_000_000, "\x00",
     '{"a": 1e400}', "null", "[]", '"micrograd-verdict"'],
    ids=lambda text: text[:20] or "nothing",
)  # fmt: skip
def test_files_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    assert main([str(file)]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_a_truncated_file(tmp_path: Path, good: dict[str, Any]) -> None:
    text = json.dumps(good)
    file = tmp_path / "short.json"
    for length in range(0, len(text), 97):
        file.write_text(text[:length])
        assert main([str(file)]) in (1, 2)


def equal(a: str, b: str, domain: str = "True") -> Any:
    from tests.verified.verdicts.forging import Forger

    return Forger(a=a, b=b, domain=domain)


def bomb(*lines: Any) -> dict[str, Any]:
    made: dict[str, Any] = equal("x", "x").made(*lines)
    return made


@pytest.mark.parametrize(
    "lines",
    [
        [["gen", "var", "@x"], ["val", "@x", "=g0", "=1", ["1", [["=g0 + 1", 2000], ["=g0 + 2", 2000]]]],
         ["hyp", "@x", ["1", [["=g0 + 1", 2000], ["=g0 + 2", 2000]]]], ["gen", "exp", "=g0", "=g0 + 1", ["1", [["=g0 + 1", 2000], ["=g0 + 2", 2000]]]]],
        [["gen", "exp", "=1", "=1", []], ["bound", 0, "1", "9" * 4000]],
    ],
)  # fmt: skip
def test_work_is_bounded(lines: list[Any]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(CertificateError):
            check_verdict(bomb(*lines))
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
    assert MAX_WORK <= 10_000_000


def test_logarithms_of_roots_are_bounded() -> None:
    """Each root is that of a product of two earlier ones: the logarithm has 2ⁿ terms."""
    from tests.verified.verdicts.forging import ONE, factors, value

    lines = [["gen", "var", "@x"], value("x", "g0"), *[["gen", "exp", "=g0", ONE, []]] * 2]
    for g in range(1, 81, 2):
        lines += [["gen", "root", f"=g{g}*g{g + 1}", 2]] * 2
    with pytest.raises(CertificateError, match="too much work"):
        check_verdict(bomb(*lines, value("exp(x)", "g81", "1", (), factors("g81"), [])))


def test_looking_at_a_large_condition_again_and_again_is_bounded() -> None:
    from tests.verified.verdicts.forging import factors, value

    either = " or ".join(f"x > {n}" for n in range(200))
    known = [["gen", "var", "@x"], value("x", "g0"), value("0", "0"), ["hyp", "@x > 0", factors("g0")], ["cmp", "@x > 0", factors("g0")]]
    term = f"where({either}, x, x)"
    certificate = equal(term, "x", "x > 0").made(*known, *[value(term, "g0")] * 3, ["end"])
    assert check_verdict(certificate)["steps"] == 9
    certificate["lines"][5:8] *= 2000
    with pytest.raises(CertificateError, match="too much work"):
        check_verdict(certificate)


def test_large_terms_below_many_literals_are_bounded() -> None:
    """The terms below each literal are kept: a deep term with many literals would fill the memory."""
    from tests.verified.verdicts.forging import value

    nodes: list[Any] = [["var", "x"], ["const", "1"], ["div", 1, 0], *[["sin", n] for n in range(2, 1002)]]
    deep, literals = len(nodes) - 1, []
    for n in range(2, 1002):
        nodes += [["const", str(n)], ["gt", deep, len(nodes)]]
        literals.append(len(nodes) - 1)
    domain = literals[0]
    for literal in literals[1:]:
        nodes.append(["and", domain, literal])
        domain = len(nodes) - 1
    certificate = equal("x", "x").made(["gen", "var", "@x"], value("x", "g0"))
    read, shown = certificate["lines"]
    lines = [[*read[:2], 0], [shown[0], 0, *shown[2:]], *[["def", literal, 2, ["1", [[[["1", [0, 1]]], 1]]]] for literal in literals]]
    claim = {"kind": "equality", "a": 0, "b": 0, "domain": domain}
    with pytest.raises(CertificateError, match="too much work"):
        check_verdict({**certificate, "nodes": nodes, "claim": claim, "lines": lines})


def test_facts_with_many_factors_are_bounded() -> None:
    from tests.verified.verdicts.forging import factors, value

    many = factors("g0", *["2", "1/2"] * 2000)
    certificate = equal("x", "x", "x > 0").made(["gen", "var", "@x"], value("x", "g0"), value("0", "0"), ["hyp", "@x > 0", many])
    with pytest.raises(CertificateError, match="too much work"):
        check_verdict(certificate)


def test_a_remainder_asks_only_for_the_relations_of_its_generators() -> None:
    """Not for all that there are: a certificate may have thousands, and takes a remainder on each line."""
    from micrograd.verified.verdicts.polynomials import Ring, generator

    class Alone(dict[int, Any]):
        def __iter__(self) -> Any:
            raise AssertionError

    ring = Ring([100])
    ring.relations = Alone({1: (2, generator(0)), 2: (3, generator(1)), 3: (2, generator(2))})
    assert ring.reduce({((1, 1), (2, 7)): 1}) == {((0, 1), (1, 1), (2, 1)): 1}


def test_products_of_numbers_are_bounded() -> None:
    """Numbers that multiply to 1 in the end may be long on the way there."""
    from tests.verified.verdicts.forging import factors, value

    lines = [["gen", "var", "@x"], value("x", "g0"), ["gen", "log", "=3"], ["gen", "exp", "=g0", [["1", []]], []]]
    shown = value("exp(x)", "g2", "1", (), factors("g2"), [["3", 2000]] * 20 + [["3", -2000]] * 20)
    with pytest.raises(CertificateError, match="product is too long"):
        check_verdict(bomb(*lines, shown))


def test_many_cuts_are_bounded() -> None:
    lines = [["sign", "@x"]] * 3000
    with pytest.raises(CertificateError, match=r"left open|too much work"):
        check_verdict(bomb(*lines))


def test_deep_terms() -> None:
    """A chain of nodes that no recursion could walk."""
    from micrograd.verified.verdicts.check import FORMAT, VERSION, rows_digest

    nodes: list[Any] = [["var", "x"], ["bool", 1]] + [["sin", 0 if i == 0 else i + 1] for i in range(20_000)]
    claim = {"kind": "derivative", "function": len(nodes) - 1, "wrt": [0], "claim": 0, "domain": 1}
    certificate = {"format": FORMAT, "version": VERSION, "registry": rows_digest(), "nodes": nodes, "claim": claim, "lines": [["end"]]}
    with pytest.raises(CertificateError, match="no value"):
        check_verdict(certificate)
