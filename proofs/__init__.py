"""Theorems about the package's own code, and the script that checks them: ``python -m proofs``."""
