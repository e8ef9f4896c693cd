"""A museum of wrong derivatives that real projects shipped or documented."""
