"""Mutants that nothing notices, and why that is right.

``equivalent``: no input can tell the difference.  ``weaker``: a proof is found less often (UNKNOWN instead of PROVED), and nothing wrong
becomes provable.  ``speed``: only the time changes.  ``words``: only a message changes.
"""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """A pattern of names of mutants (`proofs.code_mutants.changes.Mutant.name`, * for any text), the kind, and the reason."""

    pattern: str
    kind: str
    reason: str


EXPLAINED: tuple[Explained, ...] = (
    Explained(
        "micrograd/prove/cells.py::Prover.empty: Unsupported -> nothing in try",
        "words",
        "Prover.step catches the same exception and records a failure: the cell is not settled either way",
    ),
    Explained(
        "micrograd/verified/simplification.py::_inner: if not node.key[0].arity -> if True in *",
        "weaker",
        "operands that a rewrite has just made stay as they are; the theorem says what was done, as before",
    ),
    Explained(
        "micrograd/verified/simplification.py::: 64 -> 65 in MAX_STEPS = 64",
        "equivalent",
        "the rules come to an end long before that",
    ),
    Explained(
        "micrograd/verified/row.py::Primitive.make_*: -1 -> 1 in return None if template.key[-1] is True else *",
        "equivalent",
        "the key of True is (head, True), and no other condition has an operand that is True itself",
    ),
    Explained(
        "micrograd/prove/normal/signs.py::plus: x == y or not (x and y) -> not (x and y) in *",
        "weaker",
        "the sum of two numbers of the same sign is then taken to have any sign",
    ),
    Explained(
        "micrograd/prove/normal/signs.py::Knowledge.deduce: len(signs) > 1 -> len(signs) <= 1 in if len(signs) > 1:",
        "weaker",
        "open factors count with all their possible signs, known ones are narrowed again: nothing possible is excluded",
    ),
    Explained(
        "micrograd/prove/normal/signs.py::_small: len(p) <= MAX_TERMS and * -> len(p) <= MAX_TERMS or *",
        "speed",
        "larger polynomials are given to Z3, which gives up by its own count of steps",
    ),
    Explained(
        "micrograd/prove/normal/special.py::_polygamma: 0 -> 1 in if m in (0, 1):",
        "weaker",
        "polygamma(0, x) is then an unknown function instead of digamma(x)",
    ),
    Explained(
        "micrograd/prove/normal/cell.py::Terms.sign_of_product: signs <= NONPOSITIVE -> signs < *#2",
        "weaker",
        "a product that may be 0 or negative asks for a split by sign instead",
    ),
    Explained(
        "micrograd/prove/normal/exponentials.py::_new_exponent.facts: z > 0 -> z >= 0 in *",
        "weaker",
        "Z3 is told less of an exponential",
    ),
    Explained(
        "micrograd/prove/points/boundary.py::CellJudge.sign: if not open_factors -> if False in if not open_factors:",
        "equivalent",
        "a product of factors of one sign each has one sign, so there is an open factor whenever the line is reached",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::Ring.relate: self.generators[index] ** degree - lower -> lower - *",
        "equivalent",
        "the remainder by a polynomial and by its negative is the same",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::Element.number: return Fraction(0) -> pass",
        "equivalent",
        "FLINT's leading coefficient of the polynomial 0 is 0, and so is its quotient by the denominator",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::_eliminate: max(*) > MAX_BITS -> max(*) >= MAX_BITS in *",
        "weaker",
        "linear equations are given up one bit earlier",
    ),
    Explained(
        "micrograd/prove/second.py::_Second.inside: condition in stated or * -> condition in stated and *",
        "speed",
        "what is stated word for word is proved once more",
    ),
    Explained(
        "micrograd/prove/equal.py::_compared: time.monotonic() - start -> *",
        "words",
        "the seconds that are reported",
    ),
    Explained(
        "micrograd/prove/solver.py::: 30000 -> 30001 in STEPS = 30000",
        "speed",
        "one more step of Z3",
    ),
    Explained(
        "micrograd/prove/solver.py::Session.__init__: 0 -> 1 in self._fresh = 0",
        "equivalent",
        "names of fresh variables start at another number",
    ),
    Explained(
        "micrograd/prove/limits.py::shown: max(number.numerator.* -> max(number.denominator.*",
        "equivalent",
        "the greater of two numbers does not depend on their order",
    ),
    Explained(
        "micrograd/trace/functions.py::: 'rad2deg' -> nothing in COMMON = *",
        "weaker",
        "a function of NumPy is then refused, with its name",
    ),
    Explained(
        "micrograd/verified/simplification.py::refinement: True -> False in moved = *",
        "equivalent",
        "there are as many children as operands",
    ),
    Explained(
        "micrograd/verified/row.py::_application: return lambda key: build(* -> pass",
        "speed",
        "what follows does the same for any number of operands",
    ),
    Explained(
        "micrograd/prove/cells.py::Report.fail: if reason not in self.failures -> if True in *",
        "words",
        "a reason is told twice",
    ),
    Explained(
        "micrograd/prove/cells.py::Prover.compare: return -> pass #4",
        "weaker",
        "what was settled is recorded as a failure",
    ),
    Explained(
        "micrograd/prove/cells.py::vanishing: 1 -> 2 in product = product * *",
        "equivalent",
        "a factor 1 more or less",
    ),
    Explained(
        "micrograd/prove/points/boundary.py::same_at: 0 -> 1 in if condition.key[0] is EQ:",
        "weaker",
        "no equation is used",
    ),
    Explained(
        "micrograd/prove/points/beside.py::Beside.drift: value * side -> value / side in *",
        "equivalent",
        "a side is 1 or -1",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::Element.make: not common.is_one() -> common.is_one() in *",
        "weaker",
        "quotients are not reduced, and fewer are recognised as numbers",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::_eliminate: raise TooLarge(*) -> pass",
        "speed",
        "linear equations with longer numbers are solved as well",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::_irreducible: -1 -> 1 in p, total = *",
        "equivalent",
        "FLINT's factors have positive leading coefficients already",
    ),
    Explained(
        "micrograd/prove/normal/special.py::_neighbours: abs(distance) <= MAX_SHIFT -> abs(distance) < MAX_SHIFT in *",
        "weaker",
        "the longest shift is one shorter",
    ),
    Explained(
        "micrograd/prove/normal/bounds.py::_coarse: 0 -> 1 in return Fraction(scaled.numerator // scaled.denominator * #2",
        "equivalent",
        "downwards the quotient, which is rounded down, is a bound as well",
    ),
    Explained(
        "micrograd/prove/points/removable.py::_sum: min(a[0], b[0]) -> min(b[0], a[0]) in *",
        "equivalent",
        "the lesser of two integers does not depend on their order",
    ),
    Explained(
        "micrograd/prove/limits.py::shown: bits <= 200 -> bits < 200 in *",
        "words",
        "which numbers are written out",
    ),
    Explained(
        "micrograd/prove/limits.py::shown: 200 -> 201 in *",
        "words",
        "which numbers are written out",
    ),
    Explained(
        "micrograd/prove/limits.py::within: min(_deadline.get(), * -> min(time.monotonic() + *",
        "equivalent",
        "the lesser of two numbers does not depend on their order",
    ),
    Explained(
        "micrograd/prove/equal.py::_equal: refuter.search(* or * -> refuter.search(refuter.random_points(6)) in *",
        "weaker",
        "fewer points are tried against a claim",
    ),
    Explained(
        "micrograd/prove/solver.py::Session.impossible: 1000 -> 1001 in *",
        "speed",
        "Z3 is interrupted a little later",
    ),
    Explained(
        "micrograd/prove/normal/special.py::_shifted: if distance -> if True in if distance:",
        "weaker",
        "a fact is listed that was not needed",
    ),
    Explained(
        "micrograd/*roots.py::root: p * sign -> p / sign in *",
        "equivalent",
        "the sign is 1 or -1",
    ),
    Explained(
        "micrograd/verified/row.py::_application: Condition if which.boolean else Expr -> Condition if False else Expr *",
        "equivalent",
        "every boolean head that has operands has a constructor, so the line is reached with others only",
    ),
    Explained(
        "micrograd/verified/simplification.py::_inner: return theorem -> pass #2",
        "speed",
        "a step that changes nothing is added to the proof",
    ),
    Explained(
        "micrograd/prove/decide.py::_Problem.verdict: 3 -> 4 in self.doing = *",
        "words",
        "how many reasons are told",
    ),
    Explained(
        "micrograd/*shadows.py::*: a - b -> b - a in *",
        "equivalent",
        "|a - b| is |b - a|",
    ),
    Explained(
        "micrograd/*second.py::Slopes.record: part.at is not self.x and part.at is not self.here -> part.at is not self.here in *",
        "weaker",
        "the piece gets the condition x == x besides",
    ),
    Explained(
        "micrograd/*beside.py::Beside._resolved: 0 -> 1 in if head.name == 'pow' and *#2",
        "weaker",
        "0**u for u > 0 stays as it is, and is then smooth nowhere",
    ),
    Explained(
        "micrograd/*beside.py::opened: True -> False in changed = True",
        "equivalent",
        "no definition of such a function is written with another one",
    ),
    Explained(
        "micrograd/verified/differentiation.py::_tangents: key[operand] if operand else make(key) -> key[operand] if False else *",
        "speed",
        "the template that is an operand makes that operand",
    ),
    Explained(
        "micrograd/*cells.py::: 24 -> 25 in MAX_STARTS = 24",
        "speed",
        "one more start",
    ),
    Explained(
        "micrograd/*boundary.py::: 24 -> 25 in MAX_STARTS = 24",
        "speed",
        "one more start",
    ),
    Explained(
        "micrograd/*cells.py::Prover.empty: NeedSplit -> nothing in try",
        "speed",
        "Prover.step cuts the cell by that sign, and each part is looked at afresh",
    ),
    Explained(
        "micrograd/*linear.py::_combine: for p in parts if p is not None -> for p in parts in *",
        "equivalent",
        "none of the parts is None there: the filter is for the type checker",
    ),
    Explained(
        "micrograd/*removable.py::_series: for part in parts if part is not None -> for part in parts in *",
        "equivalent",
        "none of the parts is None there: the filter is for the type checker",
    ),
    Explained(
        "micrograd/*second.py::Slopes.record: conjunction(compare(EQUAL, self.x, part.at), where) -> conjunction(where, *",
        "equivalent",
        "both must hold, and where they are undefined is put into the condition of the piece",
    ),
    Explained(
        "micrograd/*second.py::decide_second: names_in(f, first) -> names_in(first, f) in *",
        "equivalent",
        "a set of names",
    ),
    Explained(
        "micrograd/*second.py::_Second.verdict: if self.inside() -> if False in *",
        "speed",
        "the first derivative is put together from the same piece",
    ),
    Explained(
        "micrograd/*second.py::_Second.verdict: time.monotonic() - self.start -> *",
        "words",
        "the seconds that are reported",
    ),
    Explained(
        "micrograd/*limits.py::tick: time.monotonic() > _deadline.get() -> time.monotonic() >= _deadline.get() in *",
        "speed",
        "the last moment of the time that is given",
    ),
    Explained(
        "micrograd/*ring.py::bits: max(c.p.bit_length(), c.q.bit_length()) -> max(c.q.bit_length(), c.p.bit_length()) in *",
        "equivalent",
        "the greater of two numbers does not depend on their order",
    ),
    Explained(
        "micrograd/*equal.py::_equal: found is None and (not proved) -> found is None or not proved in *",
        "speed",
        "a search for a counterexample to what is proved",
    ),
    Explained(
        "micrograd/*solver.py::Session.close: z3core.Z3_params_dec_ref(context, self._parameters) -> pass",
        "equivalent",
        "the context frees all that it holds in the next line",
    ),
    Explained(
        "micrograd/*solver.py::Session.__del__: getattr(*) is not None and z3core is not None -> getattr(*) is not None in *",
        "words",
        "while the interpreter ends z3core may be gone, and a message would be printed",
    ),
    Explained(
        "micrograd/*solver.py::Session.solver: if former is owner -> if False in *",
        "speed",
        "the facts are told to a new solver for each question",
    ),
    Explained(
        "micrograd/*solver.py::Session.impossible: z3core.Z3_params_set_uint(*) -> pass",
        "speed",
        "Z3 ends by its steps",
    ),
    Explained(
        "micrograd/*signs.py::Knowledge._from_compound: content > 0 -> content >= 0 in *",
        "equivalent",
        "the content of what is not 0 is not 0",
    ),
    Explained(
        "micrograd/*signs.py::Knowledge._from_compound: times(flip, allowed) -> times(allowed, flip) in *",
        "equivalent",
        "products of signs do not depend on their order",
    ),
    Explained(
        "micrograd/*powers.py::_as_square: score and n.ring.degree(*) >= 2 -> score in *",
        "speed",
        "cosines of degree 0 and 1 are put in as well, which changes nothing",
    ),
    Explained(
        "micrograd/*ring.py::coordinates: product(element.num, common / element.den) -> product(common / element.den, *",
        "equivalent",
        "a product does not depend on the order",
    ),
    Explained(
        "micrograd/*ring.py::_check_reduction: 1 -> 2 in terms = len(relation) - 1",
        "speed",
        "a bound on the work",
    ),
    Explained(
        "micrograd/*functions.py::on_numbers: name or 'apply' -> 'apply' in *",
        "words",
        "a function's name",
    ),
    Explained(
        "micrograd/*boundary.py::Boundary.fail: part.at is not self.x and *",
        "words",
        "how a part is named in the reason",
    ),
    Explained(
        "micrograd/*boundary.py::Boundary.fail: if part.at is not self.x and *",
        "words",
        "how a part is named in the reason",
    ),
    Explained(
        "micrograd/*boundary.py::Boundary.fail: f' and {where}' if where else '' -> *",
        "words",
        "how a part is named in the reason",
    ),
    Explained(
        "micrograd/*standard.py::_agreed: 0 -> 1 in return answers[0]",
        "weaker",
        "all answers are the same there; of a condition without NumPy there is one only, and the question is refused",
    ),
    Explained(
        "micrograd/*standard.py::_shown: if run is not None -> if False in *",
        "words",
        "what the function prints is shown when it is called at points",
    ),
    Explained(
        "micrograd/*second.py::_Second.inside: if not quiet.agree(*) -> if True in *",
        "weaker",
        "the first derivative is put together although the symbolic one is it everywhere",
    ),
    Explained(
        "micrograd/*standard.py::: 'wraps' -> nothing in *",
        "weaker",
        "a function is then refused, with its name",
    ),
    Explained(
        "micrograd/verified/row.py::Primitive: False -> True in public: str = field(init=False, compare=False, repr=False) #3",
        "words",
        "how a row is printed",
    ),
    Explained(
        "micrograd/prove/equal.py::_equal: 1 -> 2 in found = *",
        "speed",
        "one more round of points in the search for a counterexample",
    ),
    Explained(
        "micrograd/prove/equal.py::_equal: 6 -> 7 in found = *",
        "speed",
        "one more point, or one more round, in the search for a counterexample",
    ),
    Explained(
        "micrograd/prove/decide.py::_Problem.no_point: 4 -> 5 in *",
        "speed",
        "one more round in the search for a point",
    ),
    Explained(
        "micrograd/prove/decide.py::_Problem.no_point: 1500 -> 1501 in *",
        "speed",
        "one more point in the search for a point",
    ),
    Explained(
        "micrograd/prove/normal/cell.py::Plan.divide: self.parts[key] > (*) -> self.parts[key] >= (*",
        "weaker",
        "basis elements are divided a little less far",
    ),
    Explained(
        "micrograd/prove/normal/cell.py::Terms._bound_constant: if value < 0 -> if False in if value < 0:",
        "weaker",
        "the sign of a negative constant is asked of Z3, which is told its bounds",
    ),
    Explained(
        "micrograd/prove/normal/ring.py::_check_reduction: return -> pass",
        "weaker",
        "a relation that is put in once is given up where the result would be large",
    ),
    Explained(
        "micrograd/prove/normal/normaliser.py::Normaliser._wanted: [] if unfold is not None else * -> [] if False else *",
        "speed",
        "operands, which must have a value in any case, are put into normal form before the definition that they stand in",
    ),
    Explained(
        "micrograd/prove/normal/bounds.py::: 64 -> 65 in CONSTANT_BITS = 64",
        "equivalent",
        "a ball around the same constant, of which Z3 is told nine digits",
    ),
    Explained(
        "micrograd/prove/normal/bounds.py::_coarse: 10 -> 11 in scale = 10 ** 9",
        "equivalent",
        "bounds are rounded outward at another place",
    ),
    Explained(
        "micrograd/prove/normal/powers.py::_as_square: if score and * -> if True in *",
        "speed",
        "cosines are put in although that changes nothing, or nothing can be gained",
    ),
    Explained(
        "micrograd/prove/decide.py::_Problem.no_point: refuter.inside and len(*) -> len(*) and self.nowhere() in *",
        "equivalent",
        "that the function is differentiable nowhere is shown, whether a point of the domain is known or not",
    ),
    Explained(
        "micrograd/prove/decide.py::_Problem.no_point: not refuter.inside and Prover(*) -> Prover(*)) in *",
        "equivalent",
        "a domain that is shown to be empty has no known points",
    ),
    Explained(
        "micrograd/prove/normal/roots.py::root: p.is_constant() or * -> p.is_constant() and *",
        "weaker",
        "a root is not known to be greater than 0, only not to be less",
    ),
    Explained(
        "micrograd/prove/normal/roots.py::root.facts: order <= MAX_DEGREE -> order < MAX_DEGREE in *",
        "weaker",
        "Z3 is told less of a root",
    ),
    Explained(
        "micrograd/prove/normal/exponentials.py::_log_atom: if number is not None -> if False in *",
        "weaker",
        "the logarithm of a prime number is treated like that of any positive term; its sign is found by its bounds",
    ),
    Explained(
        "micrograd/prove/normal/exponentials.py::exponential: 0 -> 1 in if odd and n.sign_of_product(odd) < 0:",
        "equivalent",
        "the sign is 1 or -1",
    ),
    Explained(
        "micrograd/prove/normal/exponentials.py::_monomial: if k -> if True in if k:",
        "equivalent",
        "the power 0 of an exponential is 1",
    ),
    Explained(
        "micrograd/prove/normal/exponentials.py::_summands: 1 < len(u.num) <= FEW_TERMS -> 1 < len(u.num) < FEW_TERMS in *",
        "weaker",
        "exponents with that many terms are not taken apart",
    ),
)
