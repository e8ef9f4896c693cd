"""What expressions are evaluated over and translated to: floats, arrays, fractions, balls, SymPy, SMT-LIB."""
