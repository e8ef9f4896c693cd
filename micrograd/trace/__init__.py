"""Python and NumPy code read as expressions: what is not read exactly is refused."""
