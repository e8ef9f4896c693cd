"""Normal forms: fractions of polynomials over atoms, signs, and the rules for powers, exponentials, angles and special functions."""
