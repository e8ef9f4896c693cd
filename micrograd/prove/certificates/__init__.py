"""Certificates of verdicts: what the prover's normal forms say, written as lines that the checker replays.

The claim is proved cell by cell and strictly: every value must be shown to exist, on both sides.  When a cell is settled the normal
forms of its terms *are* the certificate.  Each line goes to the checker (`micrograd.verified.verdicts`) as it is written; what the
checker refuses ends the attempt.  Nothing here is trusted.

* `draft`: the certificate as far as it is written, and the checker that has seen it;
* `strict`: a cell as the prover sees it, where nothing is taken for granted;
* `leaf`: what is known about one cell, as lines; `hints` and `special`: what the rules for values need to be told;
* `points`: kinks, jumps, edges and joins;
* `writer`: goals, and how they are cut.
"""
