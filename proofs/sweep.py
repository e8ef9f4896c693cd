"""The reverse sweep is right for all graphs: induction over the tape, operands that occur twice included.

A tape has entries 0, 1, 2, …  An inner entry k has operands p_i(k) < k and partials d_i(k), a leaf has none.  Tangents ẋ move along it,
adjoints a start as a seed s at the root r and 0 elsewhere, and the sweep runs k from r down to 0 (`proofs.loops.accumulate`)::

    forward:  ẋ[k] = Σ_i d_i·ẋ[p_i]            reverse:  bar = a[k];  for each i, one after the other:  a[p_i] += d_i·bar

With W(a, n) = Σ a[m]·ẋ[m] over all m < n, what is still to be processed, and G(a, k) the same over the leaves m from k to r, what is
ready, ``W(a, k) + G(a, k) = s·ẋ[r]`` throughout.  The proof, by induction where a claim says base and step:

1. *sums*: a store at i changes W(a, n) by (new - old)·ẋ[i] if i < n, and not at all if i >= n;
2. *seeds*: the equation holds at k = r + 1, for one root or for many;
3. *steps*: processing entry k gives an array a′ with W(a′, k) = W(a, k+1), whatever the number of operands, and whichever of them are
   the same entry; and what may be left out (adjoint 0, tangent 0);
4. *frames*: nothing at or above k changes meanwhile, so adjoints are final once they are used, those of leaves for good;
5. *end*: at k = 0 it says Σ over leaves of a·ẋ = s·ẋ[r].  If only leaf j moves, and with ẋ[j] = s = 1: a[j] = ẋ[r] = ∂root/∂leaf j.

That tangents are derivatives is the chain rule (`proofs.calculus`, `proofs.induction`).  Entries may be arrays (``sweep.arrays``): then
adjoints and tangents are vectors (of the direct sum of all shapes), a·ẋ is an inner product, d_i·bar is a vjp, d_i·ẋ is a jvp, and the
proof uses of them only that the product is additive, that 0 gives 0, and that vjp and jvp are dual: ⟨vjp(bar), ẋ⟩ = ⟨bar, jvp(ẋ)⟩.

The loop body is one Python function, run here on terms (`proofs.terms`); wrong ones are refuted by a model, which is replayed on a tape
of fractions.

Trust.  That base and step give the claim for all numbers, and that the claims fit together as the list above says, is not checked by
a solver.  Overflow and rounding are not considered here: numbers are real.

References: A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd ed. (2008), chapter 3; J. McCarthy, "Towards a mathematical science of
computation" (1962), for arrays as terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from proofs.loops import Body, accumulate, crossed, first, negated, no_loop, overwrite, reread, stale, without_bar, without_partial
from proofs.obligation import Mutant, Obligation
from proofs.tape_sums import (
    ARRAYS,
    NUMBERS,
    ZERO,
    Entries,
    G,
    Trace,
    W,
    j,
    laws,
    leaf,
    leaves_next,
    leaves_none,
    leaves_one,
    leaves_store,
    n,
    pair,
    push,
    r,
    sum_next,
    sum_store,
    sum_zero,
    tangent,
)
from proofs.terms import Term, eq, holds, script, store

i, k, m, p, q, last = (Term(name, "Int") for name in ("i", "k", "m", "p", "q", "last"))
total = Term("total", "Real")


@dataclass(frozen=True, slots=True)
class Claim:
    """For all values of the constants: if ``given`` then ``goal``, by the instances in ``facts`` of what is known."""

    name: str
    statement: str
    goal: Term
    given: tuple[Term, ...] = ()
    facts: tuple[Term, ...] = ()

    def obligation(self, *, refuted: bool = False) -> Obligation:
        """The claim as text, to be proved or to be refuted."""
        return Obligation(
            name=f"sweep.{self.name}",
            family="sweep",
            statement=self.statement,
            smtlib=script([*self.given, *self.facts, holds("not", self.goal)]),
            expected="sat" if refuted else "unsat",
            witness=script(self.given) if self.given and not refuted else None,  # a model satisfies them itself
            hypotheses=tuple(map(str, self.given)),
            replay="proofs.loops:replay" if refuted else None,
        )


# --- the proof, part by part -----------------------------------------------------------------------------------------
# fmt: off


def sums(on: Entries) -> Iterator[Claim]:
    """Part 1: what a store does to the sum, and the sum of zeros."""
    (a, o), s = on.adjoints("ao"), on.seed
    b = store(a, i, s)
    lemma = "W(a[i := s], n) = W(a, n) + (s - a[i])·ẋ[i] if i < n, = W(a, n) if i >= n"
    yield Claim("sum_store_base", f"{lemma}: n = 0", sum_store(a, i, s, ZERO), (), (sum_zero(a), sum_zero(b)))
    yield Claim("sum_store_step", f"{lemma}: from n to n + 1", sum_store(a, i, s, n + 1),
                (n >= 0, sum_store(a, i, s, n)), (sum_next(a, n), sum_next(b, n)))
    zeros = "W(o, n) = 0 for the array o of zeros"
    yield Claim("sum_zeros_base", f"{zeros}: n = 0", eq(W(o, ZERO), 0), (), (sum_zero(o),))
    yield Claim("sum_zeros_step", f"{zeros}: from n to n + 1", eq(W(o, n + 1), 0),
                (n >= 0, eq(o[n], on.zero), eq(W(o, n), 0)), (sum_next(o, n), *laws(pair(on.zero, tangent(o, n)))))


def seeds(on: Entries) -> Iterator[Claim]:
    """Part 2: how the sweep begins."""
    (a, o), s = on.adjoints("ao"), on.seed
    start, more = store(o, r, s), Trace(a)
    more[p] += s
    yield Claim("seed", "the sweep begins with o[r := s], o being zeros: W(o[r := s], r + 1) = s·ẋ[r]",
                eq(W(start, r + 1), pair(s, tangent(o, r))), (r >= 0, eq(o[r], on.zero), eq(W(o, r + 1), 0)),
                (sum_store(o, r, s, r + 1), *laws(pair(on.zero, tangent(o, r)))))
    yield Claim("seed_more", "one root p more, with seed s (or what arrives from a later tape), be it among the earlier ones: adds s·ẋ[p]",
                eq(W(more.now, n), W(a, n) + pair(s, tangent(a, p))), (p >= 0, p < n), tuple(more.facts(n)))
    yield Claim("seed_above", "adjoints above the root begin as 0", eq(start[m], on.zero), (r < m, eq(o[m], on.zero)))


def steps(on: Entries, body: Body = accumulate) -> Iterator[Claim]:
    """Part 3: processing entry k, with one operand, with two, and with any number of them one after the other."""
    (a, b), (d, e) = on.adjoints("ab"), on.partials("de")
    xk, dx, ex = tangent(a, k), push(d, tangent(a, p)), push(e, tangent(a, q))
    one, two = Trace(a).run(body, k, (p, d)), Trace(a).run(body, k, (p, d), (q, e))
    yield Claim("step_unary", "processing entry k with operand p: W(a′, k) = W(a, k + 1)", eq(W(one.now, k), W(a, k + 1)),
                (p >= 0, p < k, eq(xk, dx)), (sum_next(a, k), *one.facts(k)))
    yield Claim("step_binary", "processing entry k with operands p and q, p = q included: W(a′, k) = W(a, k + 1)",
                eq(W(two.now, k), W(a, k + 1)), (p >= 0, p < k, q >= 0, q < k, eq(xk, dx + ex)),
                (sum_next(a, k), *two.facts(k), *laws(pair(a[k], dx + ex))))
    none, rest, after = on.remaining(ZERO), on.remaining(j), on.remaining(j + 1)
    share = Trace(b).run(body, k, (p, d))
    invariant = "W(b, k) + bar·T(j) = W(a, k + 1), where T(j) is what operands j, j + 1, … contribute to ẋ[k]"
    yield Claim("step_operands_base", f"{invariant}: before the first share, b = a",
                eq(W(a, k) + pair(a[k], none), W(a, k + 1)), (k >= 0, eq(xk, none)), (sum_next(a, k),))
    yield Claim("step_operands_step", f"{invariant}: one share more, to operand p with partial d, whichever operands came before",
                eq(W(share.now, k) + pair(a[k], after), W(a, k + 1)),
                (p >= 0, p < k, eq(b[k], a[k]), eq(rest, dx + after), eq(W(b, k) + pair(a[k], rest), W(a, k + 1))),
                (*share.facts(k), *laws(pair(a[k], dx + after))))
    yield Claim("step_operands_end", f"{invariant}: after the last share, W(b, k) = W(a, k + 1)", eq(W(b, k), W(a, k + 1)),
                (eq(on.remaining(last), on.zero), eq(W(b, k) + pair(a[k], on.remaining(last)), W(a, k + 1))), laws(pair(a[k], on.zero)))


def order(on: Entries, *, rising: bool = False) -> Claim:
    """Two entries, the later first, or the earlier first."""
    (a,), (d, e) = on.adjoints("a"), on.partials("de")
    both = Trace(a)
    for entry, operand, partial in ((j, p, d), (k, j, e)) if rising else ((k, j, e), (j, p, d)):
        both.run(accumulate, entry, (operand, partial))
    return Claim("order", "entry k = j + 1 with operand j, then entry j with operand p: W(a″, j) = W(a, k + 1)",
                 eq(W(both.now, j), W(a, k + 1)),
                 (p >= 0, p < j, eq(k, j + 1), eq(tangent(a, j), push(d, tangent(a, p))), eq(tangent(a, k), push(e, tangent(a, j)))),
                 (sum_next(a, k), sum_next(a, j), *both.facts(j)))


def omissions(on: Entries) -> Iterator[Claim]:
    """Part 3: what need not be done."""
    (a, b), (d, e) = on.adjoints("ab"), on.partials("de")
    xk, xp, xq = (tangent(a, at) for at in (k, p, q))
    rest, after = on.remaining(j), on.remaining(j + 1)
    yield Claim("skip_zero", "an entry with adjoint 0 may be passed over: W(a, k) = W(a, k + 1)", eq(W(a, k), W(a, k + 1)),
                (k >= 0, eq(a[k], on.zero)), (sum_next(a, k), *laws(pair(on.zero, xk))))
    yield Claim("skip_still", "an entry that does not move may be passed over: W(a, k) = W(a, k + 1)", eq(W(a, k), W(a, k + 1)),
                (k >= 0, eq(xk, on.zero)), (sum_next(a, k), *laws(pair(a[k], on.zero))))
    yield Claim("skip_share", "an operand p that does not move needs no share: W(b, k) + bar·T(j) = W(a, k + 1) holds at j + 1 without it",
                eq(W(b, k) + pair(a[k], after), W(a, k + 1)),
                (eq(xp, on.zero), eq(rest, push(d, xp) + after), eq(W(b, k) + pair(a[k], rest), W(a, k + 1))),
                laws(pair(a[k], push(d, xp) + after), pair(a[k], on.zero), push(d, on.zero)))
    yield Claim("still", "an entry whose operands do not move does not move", eq(push(d, xp) + push(e, xq), on.zero),
                (eq(xp, on.zero), eq(xq, on.zero)), laws(push(d, on.zero), push(e, on.zero), on.zero + on.zero))


def frames(on: Entries, body: Body = accumulate) -> Iterator[Claim]:
    """Part 4: what a share does not change, so that by induction over shares and entries nothing does."""
    (a, b), (d, e), s = on.adjoints("ab"), on.partials("de"), on.seed
    one, other = Trace(a).run(body, k, (p, d)), Trace(b).run(body, k, (p, d))
    two, again = Trace(a).run(body, k, (p, d), (q, e)), Trace(a).run(reread, k, (p, d), (q, e))
    yield Claim("final", "adjoints at and above k do not change while entry k is processed; those above the root never do",
                eq(one.now[m], a[m]), (p < k, k <= m))
    yield Claim("bar", "it makes no difference whether bar = a[k] is read once or for each share: the arrays are the same",
                eq(two.now, again.now), (p < k,))
    yield Claim("local", "nothing that is recorded later matters: adjoints that agree at m and at k agree at m when k has been processed",
                eq(one.now[m], other.now[m]), (eq(a[m], b[m]), eq(a[k], b[k])))
    lemma, c = "G(a[i := s], k) = G(a, k) if i < k or i is not a leaf", store(a, i, s)
    yield Claim("leaves_store_base", f"{lemma}: k = r + 1", leaves_store(a, i, s, r + 1), (), (leaves_none(a), leaves_none(c)))
    yield Claim("leaves_store_step", f"{lemma}: from k + 1 to k", leaves_store(a, i, s, k),
                (k <= r, leaves_store(a, i, s, k + 1)), (leaves_next(a, k), leaves_next(c, k)))


def invariant(on: Entries) -> Iterator[Claim]:
    """Part 5: W(a, k) + G(a, k) stays what it was at the start, down to k = 0."""
    (a, b), s = on.adjoints("ab"), on.seed
    words = "W(a, k) + G(a, k) = total"

    def kept(a: Term, k: Term) -> Term:
        return eq(W(a, k) + G(a, k), total)

    yield Claim("invariant_start", f"{words}: k = r + 1, where total is s·ẋ[r], or the sum over several roots", kept(a, r + 1),
                (eq(W(a, r + 1), total),), (leaves_none(a),))
    yield Claim("invariant_leaf", f"{words}: from k + 1 to k, a leaf, at which nothing is done", kept(a, k),
                (k >= 0, k <= r, leaf(k), kept(a, k + 1)), (sum_next(a, k), leaves_next(a, k)))
    yield Claim("invariant_inner", f"{words}: from k + 1 to k, an inner entry; b is what its step makes of a (parts 3 and 4)", kept(b, k),
                (k <= r, holds("not", leaf(k)), eq(W(b, k), W(a, k + 1)), eq(G(b, k + 1), G(a, k + 1)), kept(a, k + 1)),
                (leaves_next(b, k),))
    yield Claim("invariant_forget", f"{words} stays if the adjoint of an inner entry i >= k is overwritten, after its step",
                kept(store(a, i, s), k), (k >= 0, k <= i, k <= r + 1, holds("not", leaf(i)), kept(a, k)),
                (sum_store(a, i, s, k), leaves_store(a, i, s, k)))
    yield Claim("invariant_end", "at k = 0: Σ over all leaves of a·ẋ = total", eq(G(a, ZERO), total), (kept(a, ZERO),), (sum_zero(a),))


def gradient(on: Entries) -> Iterator[Claim]:
    """Part 5: only leaf j moves, so its adjoint is the derivative."""
    (a,), s = on.adjoints("a"), on.seed
    xj, xk, xr = (tangent(a, at) for at in (j, k, r))
    lemma = "if only leaf j moves, G(a, k) = a[j]·ẋ[j] if k <= j <= r, else 0"
    others = holds("=>", holds("and", leaf(k), holds("not", eq(k, j))), eq(xk, on.zero))
    end = eq(G(a, ZERO), pair(s, xr))
    yield Claim("one_leaf_base", f"{lemma}: k = r + 1", leaves_one(a, r + 1), (), (leaves_none(a),))
    yield Claim("one_leaf_step", f"{lemma}: from k + 1 to k", leaves_one(a, k),
                (k <= r, leaf(j), others, leaves_one(a, k + 1)), (leaves_next(a, k), *laws(pair(a[k], on.zero))))
    yield Claim("gradient", "if only leaf j <= r moves, a[j]·ẋ[j] = s·ẋ[r]", eq(pair(a[j], xj), pair(s, xr)),
                (j >= 0, j <= r, end), (leaves_one(a, ZERO),))
    yield Claim("independent", "if only leaf j > r moves, s·ẋ[r] = 0", eq(pair(s, xr), 0), (r >= 0, r < j, end), (leaves_one(a, ZERO),))


def numbers() -> Iterator[Claim]:
    """What is claimed of tapes of numbers only."""
    (a, b, c), (d, e) = NUMBERS.adjoints("abc"), NUMBERS.partials("de")
    xj, xr = tangent(a, j), tangent(a, r)
    yield Claim("partial", "with ẋ[j] = 1 and seed 1, the adjoint a[j] is ẋ[r] = ∂root/∂leaf j", eq(a[j], xr),
                (eq(xj, 1), eq(pair(a[j], xj), pair(xj.lift(1), xr))))
    one, other, both = (Trace(array).run(accumulate, k, (p, d)).now[m] for array in (a, b, c))
    yield Claim("linear", "adjoints from two roots are the sums of those from each: if c = a + b at m and at k, it stays so at m",
                eq(both, one + other), tuple(eq(c[at], a[at] + b[at]) for at in (m, k)))
    here, there = Trace(a).run(accumulate, k, (p, d), (q, e)), Trace(a).run(accumulate, k, (q, e), (p, d))
    yield Claim("shares_commute", "the order of the operands makes no difference, p = q included", eq(here.now, there.now))
    apart = next(claim for claim in steps(NUMBERS, stale) if claim.name == "step_binary")
    yield replace(apart, name="stale_apart", given=(*apart.given, holds("not", eq(p, q))),
                  statement="a loop that reads both adjoints before the first store keeps W if p and q are different (see stale)")


# fmt: on
def claims() -> Iterator[Claim]:
    """Everything that holds."""
    for on in (NUMBERS, ARRAYS):
        parts = (sums(on), seeds(on), steps(on), (order(on),), omissions(on), frames(on), invariant(on), gradient(on))
        for claim in (claim for part in parts for claim in part):
            yield replace(claim, name=on.prefix + claim.name)
    yield from numbers()


# --- what does not hold ----------------------------------------------------------------------------------------------

_WRONG_LOOPS: tuple[tuple[str, Body, str], ...] = (
    ("stale", stale, "a loop that reads both adjoints before the first store keeps W: fails for p = q"),
    ("overwrite", overwrite, "a loop that stores shares instead of adding them keeps W: fails"),
    ("first", first, "a loop that hands on the share of the first operand only keeps W: fails"),
)


def _values(a: Term, *places: Term) -> Iterator[Term]:
    """Names for what `proofs.loops.replay` reads in a model: ``a_p`` is a[p]; and a limit to the size of the tape."""
    for at in places:
        yield eq(Term(f"{a}_{at}", "Real"), a[at])
    yield k <= k.lift(2)


def refutations() -> Iterator[Claim]:
    """Claims about wrong loops; each has a model on a small tape."""
    (a, o), (d, e) = NUMBERS.adjoints("ao"), NUMBERS.partials("de")
    for name, body, statement in _WRONG_LOOPS:
        claim = next(claim for claim in steps(NUMBERS, body) if claim.name == "step_binary")
        yield replace(claim, name=name, statement=statement, facts=(*claim.facts, *_values(a, p, q, k), eq(d, 1), eq(e, 1)))
    claim = order(NUMBERS, rising=True)
    statement = "processing entry j before entry k = j + 1, of which it is an operand, keeps W: fails"
    yield replace(claim, name="rising", statement=statement, facts=(*claim.facts, *_values(a, p, j, k)))
    twice = Trace(o)
    for _ in range(2):
        twice[k] = d.lift(1)
        twice.run(accumulate, k, (p, d))
    statement = "a second sweep on the adjoints that the first has left gives the derivative again: fails"
    yield Claim("again", statement, eq(twice[p], d), (p >= 0, p < k, eq(o[p], 0)), tuple(_values(o)))


def obligations() -> Iterator[Obligation]:
    """All claims, and what does not hold."""
    for claim in claims():
        yield claim.obligation()
    for claim in refutations():
        yield claim.obligation(refuted=True)


# --- deliberate errors -----------------------------------------------------------------------------------------------

_BODIES: tuple[tuple[Body, tuple[Entries, ...]], ...] = (
    (stale, (NUMBERS, ARRAYS)),
    (overwrite, (NUMBERS, ARRAYS)),
    (first, (NUMBERS, ARRAYS)),
    (crossed, (NUMBERS, ARRAYS)),
    (no_loop, (NUMBERS, ARRAYS)),
    (without_partial, (NUMBERS, ARRAYS)),
    (without_bar, (NUMBERS,)),
    (negated, (NUMBERS,)),
)
_WRONG = (
    ("sum_store_base sum_store_step", "(< i ", "(<= i "),
    ("sum_store_base sum_store_step", "(- ", "(+ "),
    ("seed", "(+ r 1)", "r"),
    ("seed_above", "(< r m)", "(<= r m)"),
    ("step_unary", "(W a (+ k 1))", "(W a k)"),
    ("step_unary", "(= (select x k) (* d (select x p)))", "(= (select x p) (* d (select x k)))"),
    ("step_binary", "(* e (select x q))", "(* d (select x q))"),
    ("step_binary", "(+ (* d (select x p)) (* e (select x q)))", "(- (* d (select x p)) (* e (select x q)))"),
    ("skip_zero", "(= (select a k) 0.0)", "(= (select a k) 1.0)"),
    ("skip_still", "(= (select x k) 0.0)", "(= (select x k) 1.0)"),
    ("final", "(<= k m)", "(<= p m)"),
    ("leaves_store_base leaves_store_step", "(< i ", "(<= i "),
    ("leaves_store_base leaves_store_step", "(not (leaf i))", "(leaf i)"),
    ("invariant_leaf", "(leaf k)", "(leaf r)"),
    ("invariant_forget", "(<= k i)", "(<= i k)"),
    ("invariant_end", "(+ (W a 0) (G a 0))", "(- (W a 0) (G a 0))"),
    ("one_leaf_base one_leaf_step", "(<= k j)", "(< k j)"),
    ("one_leaf_base one_leaf_step", "(<= j r)", "(< j r)"),
    ("gradient", "(<= j r)", "(< r j)"),
    ("partial", "(= (select x j) 1.0)", "(= (select x j) 2.0)"),
)
"""Wrong variants: claims (a base goes with its step), a part of their hypotheses and goals, what it is replaced by."""


def _misstated(claim: Claim, part: str, wrong: str) -> Obligation:
    """The claim with another text for the part, in its hypotheses and its goal, but not in what is known."""
    right = claim.obligation()
    known = {f"(assert {fact.smtlib})" for fact in claim.facts}
    lines = [line if line in known else line.replace(part, wrong) for line in right.smtlib.splitlines()]
    return replace(right, smtlib="\n".join(lines), witness=right.witness and right.witness.replace(part, wrong))


def _wrong_claims(known: dict[str, Claim]) -> Iterator[Mutant]:
    for names, part, wrong in _WRONG:
        found = [known[name] for name in names.split()]
        obligations = tuple(_misstated(claim, part, wrong) for claim in found)
        if [o.smtlib.strip() for o in obligations] == [claim.obligation().smtlib.strip() for claim in found]:
            raise ValueError(f"{part!r} does not occur in {names}")
        yield Mutant(f"sweep.{found[-1].name}", f"{part}  ->  {wrong}", obligations)


def _weaker(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """The claim with one thing less: a hypothesis, the strictness of an inequality, or a reason."""
    for dropped in claim.given:
        rest = tuple(c for c in claim.given if c is not dropped)
        yield f"without the hypothesis {dropped}", replace(claim, given=rest)
        if dropped.head == "<":
            weak = replace(dropped, head="<=")
            yield f"{dropped}  ->  {weak}", replace(claim, given=(*rest, weak))
    for dropped in claim.facts:
        yield f"without {dropped}", replace(claim, facts=tuple(c for c in claim.facts if c is not dropped))


def _mutant(name: str, change: str, found: Iterable[Claim]) -> Mutant:
    return Mutant(f"sweep.{name}", change, tuple(claim.obligation() for claim in found))


def mutants() -> Iterator[Mutant]:
    """Wrong loops, wrong claims, and each claim with one thing less."""
    for body, kinds in _BODIES:
        for on in kinds:
            yield _mutant(f"{on.prefix}step", f"accumulate  ->  {body.__name__}", steps(on, body))
    for on in (NUMBERS, ARRAYS):
        yield _mutant(f"{on.prefix}order", "entries from high to low  ->  from low to high", [order(on, rising=True)])
    known = {claim.name: claim for claim in claims()}
    yield from _wrong_claims(known)
    for claim in known.values():
        for change, weaker in _weaker(claim):
            yield _mutant(claim.name, change, [weaker])
