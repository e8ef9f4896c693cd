"""Evaluation, translation and solving: each backend loads its library only when it is used."""
