"""Proving or refuting derivatives that people wrote by hand."""
