"""Balls of Arb: enclosures that are certain."""
