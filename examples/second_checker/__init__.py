"""A second checker of derivative certificates, in JavaScript; see the README."""
