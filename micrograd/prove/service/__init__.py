"""Claims in worker processes: tables of claims, a pool, and named answers."""
