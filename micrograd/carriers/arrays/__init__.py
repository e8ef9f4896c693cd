"""NumPy arrays, elementwise."""
