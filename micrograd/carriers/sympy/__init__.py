"""SymPy, both ways."""
