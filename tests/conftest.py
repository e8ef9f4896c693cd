"""Hypothesis profiles: the same examples on every run by default, fresh ones with ``HYPOTHESIS_PROFILE=explore``.

With ``mutants`` a failing example is not made smaller: only that there is one matters.
"""

from __future__ import annotations

import os

from hypothesis import Phase, settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.register_profile("mutants", derandomize=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
