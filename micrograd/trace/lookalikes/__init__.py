"""What a traced function finds under the names of Python's modules and builtins: the same functions, on numbers that are traced."""
