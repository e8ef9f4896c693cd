"""Derivatives as tests: `assert_gradient` and `proves_gradient_of`, for use under pytest or by themselves."""
