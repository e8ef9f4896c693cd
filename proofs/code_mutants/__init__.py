"""Mutation of code: every comparison, sign, condition and line that a verdict or a theorem rests on is broken, one at a time.

`changes` enumerates the ways to break a file, `checks` says what must notice, `server` runs the checks on each broken program in a process
of its own, `explained` lists what nothing notices and why that is right.  ``python -m proofs.code_mutants`` runs it.
"""
