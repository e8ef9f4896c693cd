"""Certificates of verdicts, and the small checker that replays them.

A verdict says that a claim has a value and is the derivative of a function all over a domain.  Its certificate is a list of lines; the
checker works through them and shares with the prover only the rows of the registry.  `docs/certificates.md` documents the format, and
`micrograd.verified.verdicts.rules` is the table of the rules, each with its theorem.

* `polynomials`: exact polynomials, relations between generators, sets of signs;
* `cell`: what is known at the points of one cell: generators, values, signs, truth;
* `values`: one rule for each kind of term;
* `special`: recurrences of special functions; `constants`: rational bounds; `points`: kinks, jumps, edges, joins;
* `goals`: what is to be shown, and how it is cut into cells;
* `oracle`: sentences of real arithmetic, and `solvers`, which settle them;
* `check`: reading a certificate, and the statement that it proves.

Standard library only; exact integers and fractions; no search.
"""
